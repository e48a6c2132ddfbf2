//! Says how the program is linked.

#![expect(
    clippy::disallowed_methods,
    reason = "what Cargo tells a build script is in the environment"
)]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    // Functions that are the same in machine code are kept once: generic code has many of them, and none of ours or of the
    // libraries' tells functions apart by their addresses. Only lld can do it, which rustc brings along for this target alone and
    // takes unless it is told otherwise.
    if is("TARGET", "x86_64-unknown-linux-gnu")
        && is("PROFILE", "release")
        && is("CARGO_ENCODED_RUSTFLAGS", "")
    {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
}
