//! The error messages of the attributes.

#[test]
fn misuse_is_reported_at_its_location_with_a_fix() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
