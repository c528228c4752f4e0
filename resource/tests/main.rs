//! Integration tests: the program on real HTTP, with its own database and a clock that stands still.

fn main() {}
