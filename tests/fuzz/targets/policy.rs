//! Policy documents: see `supertokens_region::fuzzing::policy`. With `SHOW` in the environment, each input is shown.
#![no_main]

use supertokens_region::fuzzing::policy::{check, text};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let text = text(input);
    if std::env::var_os("SHOW").is_some() {
        eprintln!("{text}");
    }
    check(&text);
});
