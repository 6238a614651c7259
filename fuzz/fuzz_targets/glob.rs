//! A pattern and a text, cut at the first NUL: matching never panics, and a pattern matches itself.
#![no_main]

use foundation::semantic_release::glob::Glob;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (pattern, text) = text.split_once('\0').unwrap_or((&text, "a/b.c"));
    if let Ok(glob) = Glob::new(pattern) {
        std::hint::black_box(glob.is_match(text));
        assert!(glob.is_match(pattern));
    }
});
