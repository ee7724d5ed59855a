//! `fast-temporal token`, and a gateway that accepts its keys and tokens.

use crate::support::program::{FAST_TEMPORAL, Folder, UNAVAILABLE, get};

const SECRET: (&str, &str) = ("AUTH_JWT_SECRET", "0123456789abcdef0123456789abcdef");
const CHECKED: (&str, &str) = ("AUTH", "jwt");

/// Returns the rest of the first line that begins with a prefix.
fn after<'a>(output: &'a str, prefix: &str) -> &'a str {
    let mut lines = output.lines();
    let line = lines.find_map(|line| line.strip_prefix(prefix));
    line.unwrap_or_else(|| panic!("no line begins with {prefix} in {output}"))
}

/// Returns the response of a gateway with these settings to a request with a token.
fn respond(folder: &Folder, environment: &[(&str, &str)], token: &str) -> String {
    let environment = [&[UNAVAILABLE, CHECKED], environment].concat();
    let gateway = folder.start(FAST_TEMPORAL, &["serve", "--port", "0"], &environment);
    let headers = format!("authorization: Bearer {token}\r\n");
    get(gateway.serving(), "/v1/workflows/order-42/events", &headers)
}

/// An authenticated request fails because Temporal is unavailable.
fn assert_authenticated(response: &str) {
    assert!(response.starts_with("HTTP/1.1 503"), "{response}");
}

fn assert_rejected(response: &str) {
    assert!(response.starts_with("HTTP/1.1 401"), "{response}");
}

#[test]
fn a_generated_key_is_accepted_if_its_hash_is_set() {
    let folder = Folder::new();
    let generated = folder.run(FAST_TEMPORAL, &["token", "key", "--name", "shop"], &[]);
    assert_eq!(generated.code, Some(0), "{}", generated.stderr);
    let key = format!("ft_shop_{}", after(&generated.stdout, "ft_shop_"));
    let pair = after(&generated.stdout, "FAST_TEMPORAL_AUTH_API_KEYS=");
    assert!(!pair.contains(&key));
    let environment = [("AUTH_API_KEYS", pair)];
    assert_authenticated(&respond(&folder, &environment, &key));
    assert_rejected(&respond(&folder, &environment, &format!("{key}x")));

    let hashed = folder.run_on(&format!("{key}\n"), FAST_TEMPORAL, &["token", "hash"], &[]);
    assert_eq!(hashed.code, Some(0), "{}", hashed.stderr);
    assert_eq!(after(&hashed.stdout, "FAST_TEMPORAL_AUTH_API_KEYS="), pair);
    assert!(!hashed.stdout.contains(&key));
}

#[test]
fn the_printed_table_of_a_key_is_valid_in_the_settings_file() {
    let folder = Folder::new();
    let args = ["token", "key", "--name", "shop", "--subject", "ann \"a\""];
    let generated = folder.run(FAST_TEMPORAL, &args, &[]);
    assert_eq!(generated.code, Some(0), "{}", generated.stderr);
    let key = format!("ft_shop_{}", after(&generated.stdout, "ft_shop_"));
    let table = generated
        .stdout
        .split("[[auth.keys]]")
        .nth(1)
        .expect("a table");
    folder.write("fast-temporal.toml", &format!("[[auth.keys]]{table}"));
    let shown = folder.run(FAST_TEMPORAL, &["config"], &[CHECKED]);
    assert!(shown.stdout.contains("ann \"a\""), "{}", shown.stdout);
    // The gateway reports another user's workflow as missing, without a request to Temporal.
    let response = respond(&folder, &[], &key);
    assert!(response.starts_with("HTTP/1.1 404"), "{response}");
}

#[test]
fn a_signed_token_is_accepted_if_the_secret_is_set() {
    let folder = Folder::new();
    folder.dotenv("AUTH_JWT_ISSUER=https://id.example.org\nAUTH_JWT_AUDIENCE=one,two\n");
    let sign = |more: &[&str]| {
        let args = [&["token", "jwt", "--subject", "ann"], more].concat();
        let generated = folder.run(FAST_TEMPORAL, &args, &[CHECKED, SECRET]);
        assert_eq!(generated.code, Some(0), "{}", generated.stderr);
        generated.stdout.trim_end().to_owned()
    };
    let all = "fast_temporal={\"workflow_ids\": \"all\"}";
    assert_authenticated(&respond(&folder, &[SECRET], &sign(&[all])));
    assert_rejected(&respond(&folder, &[SECRET], &sign(&[all, "iss=another"])));
    assert_rejected(&respond(
        &folder,
        &[SECRET],
        &sign(&[all, "--expires", "1s", "exp=5"]),
    ));
    let other = ("AUTH_JWT_SECRET", "another secret, of thirty-two bytes");
    assert_rejected(&respond(&folder, &[other], &sign(&[all])));
}

#[test]
fn invalid_arguments_of_token_exit_64() {
    for (args, environment, expected) in [
        (
            &["key", "--name", "a b"][..],
            &[][..],
            "letters, digits and hyphens",
        ),
        (
            &["key", "--name", "a", "--subject", ""],
            &[],
            "invalid subject: expected 1 to",
        ),
        (&["hash"], &[], "expected ft_<id>_<secret>"),
        (
            &["jwt", "--subject", "ann"],
            &[],
            "set FAST_TEMPORAL_AUTH_JWT_SECRET",
        ),
        (
            &["jwt", "--subject", "ann", "role"],
            &[CHECKED, SECRET],
            "NAME=VALUE",
        ),
        (
            &["jwt", "--subject", "ann", "--expires", "1x"],
            &[CHECKED, SECRET],
            "unknown time unit",
        ),
        (
            &["jwt", "--subject", "ann"],
            &[CHECKED, SECRET, ("AUTH_JWT_ALGORITHMS", "RS256")],
            "does not permit HS256",
        ),
    ] {
        let args = [&["token"], args].concat();
        let ended = Folder::new().run(FAST_TEMPORAL, &args, environment);
        assert_eq!(ended.code, Some(64), "{args:?}: {}", ended.stdout);
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
}
