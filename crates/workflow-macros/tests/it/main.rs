//! What the attributes say to those who use them wrongly.

#[test]
fn mistakes_are_told_where_they_are_and_with_what_to_do() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
