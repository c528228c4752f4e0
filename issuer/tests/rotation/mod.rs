//! Refresh rotation: the model's properties, and that the SQL does what the model does.

mod exhaustive;
mod model;
mod store;
