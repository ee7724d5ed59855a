//! Projection of recorded histories of real workers, and properties of any history.

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
