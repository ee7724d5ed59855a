//! What history becomes: recorded histories of real workers, and properties that hold for any.

mod failure;
mod fuzz;
mod golden;
mod history;
mod marker;
mod memo;
mod message;
mod property;
mod reset;
mod task;
