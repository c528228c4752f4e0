//! The one command as a person has it: real processes, free ports, a folder of their own.

mod ending;
mod mistakes;
mod process;
mod starting;
