//! Runtimes that AWS makes no new functions with, though old ones go on running.

/// Creating is blocked.
const OVER: [&str; 20] = [
    "dotnet5.0",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "go1.x",
    "java8",
    "nodejs",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs4.3",
    "nodejs4.3-edge",
    "nodejs6.10",
    "nodejs8.10",
    "provided",
    "python2.7",
    "python3.6",
    "python3.7",
    "ruby2.5",
];
/// Out of support: AWS has said that creating is to be blocked, and has put off the day before.
const LEAVING: [&str; 7] =
    ["dotnet6", "dotnet7", "nodejs16.x", "nodejs18.x", "python3.8", "python3.9", "ruby2.7"];

/// Whether AWS refuses to make functions with it.
pub(super) fn is_over(runtime: &str) -> bool {
    OVER.contains(&runtime)
}

/// Whether it will soon, or may by now.
pub(super) fn is_leaving(runtime: &str) -> bool {
    LEAVING.contains(&runtime)
}
