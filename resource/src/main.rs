//! The `resource` program. Everything is in the library, so that `start` can run it too.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    resource::run(std::env::args_os())
}
