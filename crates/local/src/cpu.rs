//! What this processor can do, and the place of the models' threads among the process's others.

use llama_cpp_sys_2 as sys;

/// Why the chat model cannot run on this processor, or nothing.
///
/// llama.cpp's kernels are compiled for AVX2, FMA, F16C and BMI2 (every x86-64 processor since 2013 to 2015); without the
/// check an older one would end the process with an illegal instruction. The rest of the program needs none of them, the
/// embedder included.
pub fn chat_supported() -> Result<(), String> {
    #[cfg(target_arch = "x86_64")]
    {
        let features = [
            ("AVX2", std::arch::is_x86_feature_detected!("avx2")),
            ("FMA", std::arch::is_x86_feature_detected!("fma")),
            ("F16C", std::arch::is_x86_feature_detected!("f16c")),
            ("BMI2", std::arch::is_x86_feature_detected!("bmi2")),
        ];
        let missing: Vec<&str> = features
            .iter()
            .filter(|feature| !feature.1)
            .map(|feature| feature.0)
            .collect();
        if !missing.is_empty() {
            return Err(format!(
                "this processor lacks {}, which the local chat model needs; connect another provider instead",
                missing.join(", ")
            ));
        }
    }
    Ok(())
}

/// Whether llama.cpp was compiled with the kernels that make it usable. Depends on the build alone.
pub fn kernels_are_vectorised() -> bool {
    if cfg!(not(target_arch = "x86_64")) {
        return true;
    }
    #[expect(unsafe_code, reason = "three calls without arguments that return a constant")]
    // SAFETY: the functions take nothing and touch nothing.
    unsafe {
        sys::ggml_cpu_has_avx2() == 1 && sys::ggml_cpu_has_fma() == 1 && sys::ggml_cpu_has_f16c() == 1
    }
}

/// Makes way for the server's threads. Holds for the calling thread and those it starts; failing to is no harm.
pub(crate) fn lower_priority(nice: i32) {
    if let Err(error) = rustix::process::nice(nice) {
        tracing::debug!(%error, "thread priority not lowered");
    }
}
