//! What is tested over the whole: through the library on the embedded AWS, through the program, and against a second AWS.

mod converge;
mod moto;
