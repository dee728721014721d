//! Plans, reports and verifications as text; as JSON they are what serde makes of them.

mod text;

pub(crate) use text::shown;
