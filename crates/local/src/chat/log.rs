//! llama.cpp's log lines, routed to tracing: nothing of it reaches standard error.
//!
//! It speaks some two hundred lines while it loads a model, so what it calls information is `debug` here. The last error
//! is kept, because the call that failed returns nothing but a null pointer.

use std::ffi::{CStr, c_char, c_void};
use std::sync::OnceLock;

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_sys_2 as sys;
use parking_lot::Mutex;

static LAST_ERROR: Mutex<String> = Mutex::new(String::new());

/// llama.cpp, initialised once for the process, its log routed.
pub(super) fn backend() -> Option<&'static LlamaBackend> {
    static BACKEND: OnceLock<Option<LlamaBackend>> = OnceLock::new();
    let backend = BACKEND.get_or_init(|| {
        route();
        LlamaBackend::init().ok()
    });
    backend.as_ref()
}

/// The last error llama.cpp spoke of since the last call of this function.
pub(super) fn take_error() -> Option<String> {
    let error = std::mem::take(&mut *LAST_ERROR.lock());
    (!error.is_empty()).then_some(error)
}

#[expect(unsafe_code, reason = "two calls that set a function pointer")]
fn route() {
    // SAFETY: the function lives as long as the process and needs no data; ggml's is set last because setting llama's
    // sets both.
    unsafe {
        sys::llama_log_set(Some(line), std::ptr::null_mut());
        sys::ggml_log_set(Some(line), std::ptr::null_mut());
    }
}

extern "C" fn line(level: sys::ggml_log_level, text: *const c_char, _: *mut c_void) {
    if text.is_null() {
        return;
    }
    #[expect(unsafe_code, reason = "reads the C string it was given")]
    // SAFETY: llama.cpp passes a string that ends with a null and lives during the call.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
    let text = text.trim_end();
    match level {
        sys::GGML_LOG_LEVEL_ERROR => {
            tracing::warn!(target: "local::llama", "{text}");
            text.clone_into(&mut LAST_ERROR.lock());
        }
        sys::GGML_LOG_LEVEL_WARN | sys::GGML_LOG_LEVEL_INFO => {
            tracing::debug!(target: "local::llama", "{text}");
        }
        _ => tracing::trace!(target: "local::llama", "{text}"),
    }
}
