//! What is tested over the whole: through the library on the embedded AWS, through the program, and against a second AWS.

mod bad_input;
mod checklist;
mod confirm;
mod converge;
mod edge;
mod examples;
mod findings;
mod host;
mod interrupts;
mod judge_lambda;
mod judge_s3;
mod life;
mod line;
mod memory;
mod moto;
mod reference;
mod reliability;
mod round_trip;
mod rounds;
mod saved;
mod second_judge;
mod secrets;
mod tidy;
mod traced;
mod two_operators;
