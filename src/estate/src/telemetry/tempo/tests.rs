//! What can be read as a selection.

use super::select::Selection;

#[test]
fn a_conjunction_is_read_and_more_is_refused() {
    for text in
        ["{}", "{ status = error }", "{ resource.service.name = \"a\" && duration > 1s && .http.route =~ \"/a.*\" }"]
    {
        assert!(Selection::parse(text).is_ok(), "{text}");
    }
    for text in ["", "{", "{ a }", "{ a = \"b\" || c = \"d\" }", "{} && {}", "{ duration > fast }", "{ a =~ \"(\" }"] {
        assert!(Selection::parse(text).is_err(), "{text}");
    }
}
