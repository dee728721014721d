//! What is tested over the whole: through the library on the embedded AWS, through the program, and against a second AWS.

mod bad_input;
mod confirm;
mod converge;
mod examples;
mod findings;
mod host;
mod life;
mod line;
mod moto;
mod reference;
mod second_judge;
mod tidy;
