//! The memory that this program holds, as the system counts it.

/// Resident memory in KiB; 0 where the system does not tell it in Linux's way.
pub(crate) fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next());
    kibibytes.and_then(|number| number.parse().ok()).unwrap_or(0)
}
