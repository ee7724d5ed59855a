//! The protocol's values as others meet them: their text, both ways, and what hostile input does.

mod cursor;
mod document;
mod error;
mod event;
mod golden;
mod hostile;
mod json;
mod path;
mod sample;
mod seed;
mod strategy;
