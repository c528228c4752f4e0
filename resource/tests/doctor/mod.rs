//! `resource doctor`: a healthy pair, and servers that differ from it in one thing.

mod broken;
mod login;
mod pair;
mod running;
mod way;
