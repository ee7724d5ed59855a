use fast_temporal_core::{Permissions, Verb};
use fast_temporal_server::{ApiKey, AuthConfig, CredentialsConfig, JwtAlgorithm, JwtKey};

use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE5bw3InwWtwU08T4XMA9l/V9D6CQk\n\
    Bn8ovbEm0QpW/+5JMG25lRSJe9WI68YPfDUgPby4blhu3Zx3QCBdeDEUVA==\n\
    -----END PUBLIC KEY-----\n";
const HASH: &str = "ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12";

fn credentials(settings: &Settings) -> CredentialsConfig {
    match &settings.app.auth {
        AuthConfig::Checked(credentials) => CredentialsConfig::clone(credentials),
        other => panic!("{other:?}"),
    }
}

#[test]
fn authentication_is_off_by_default() {
    let settings = load(NO);
    assert_eq!(settings.app.auth, AuthConfig::None);
    assert_eq!(load(&[("AUTH", "none")]).app.auth, AuthConfig::None);
}

#[test]
fn variables_work_without_the_prefix_and_precedence_counts() {
    let environment = [("AUTH", "jwt"), ("AUTH_JWT_SECRET", SECRET)];
    let dotenv = "FAST_TEMPORAL_AUTH=none\nAUTH_SERVICE_HOST=10.0.0.1\n";
    let settings = Settings::load(&sources(&[], &environment, dotenv)).expect("valid settings");
    let jwt = credentials(&settings).jwt.expect("tokens are taken");
    assert_eq!(jwt.keys.len(), 1);
    assert!(settings.auth.jwt_secret.is_some());
    assert_eq!(
        row(&settings, "FAST_TEMPORAL_AUTH").origin,
        Origin::Environment
    );
    assert_eq!(settings.warnings, Vec::<String>::new());
}

#[test]
fn the_file_can_set_everything() {
    let settings = load_file(&format!(
        "[auth]\nmode = \"jwt\"\njwt_secret_file = \"secret.txt\"\njwt_public_key = '''\n{PEM}'''\n\
         jwks_file = \"jwks.json\"\njwt_algorithms = [\"hs256\", \"ES256\"]\n\
         jwt_issuer = \"https://id.example.org\"\njwt_audience = [\"a\", \"b\"]\n\
         leeway_seconds = 5\nsubject_claim = \"uid\"\npermissions_claim = \"https://x.y/p\"\n\
         api_keys = [\"one:{HASH}\"]\nticket_key = \"{SECRET},{SECRET}x\"\n\
         ticket_connection_seconds = 60\n\n\
         [auth.permissions]\nverbs = [\"start\", \"subscribe\"]\nworkflow_ids = [\"a,b\"]\npayloads = true\n\n\
         [[auth.keys]]\nid = \"two\"\nhash = \"{HASH}\"\nsubject = \"ann\"\n\n\
         [[auth.keys]]\nid = \"three\"\nhash = \"{HASH}\"\n\
         permissions = {{ verbs = [\"ticket\"], any_user = true }}\n"
    ));
    assert_eq!(settings.warnings, Vec::<String>::new());
    let credentials = credentials(&settings);
    let jwt = credentials.jwt.expect("tokens are taken");
    let algorithms: Vec<_> = jwt.keys.iter().map(JwtKey::algorithm).collect();
    assert_eq!(
        algorithms,
        [
            JwtAlgorithm::Hs256,
            JwtAlgorithm::Es256,
            JwtAlgorithm::Es256
        ]
    );
    assert_eq!(jwt.algorithms, [JwtAlgorithm::Hs256, JwtAlgorithm::Es256]);
    assert_eq!(jwt.issuers, ["https://id.example.org"]);
    assert_eq!(jwt.audiences, ["a", "b"]);
    assert_eq!(jwt.leeway, Duration::from_secs(5));
    assert_eq!(jwt.subject_claim, "uid");
    assert_eq!(jwt.permissions_claim, "https://x.y/p");
    let verbs: Vec<_> = jwt.permissions.verbs.iter().copied().collect();
    assert_eq!(verbs, [Verb::Start, Verb::Subscribe]);
    assert!(jwt.permissions.payloads && jwt.permissions.workflow_ids.contains("a,b"));
    assert!(jwt.permissions.own_workflows && !jwt.permissions.any_user);

    let ids: Vec<_> = credentials.api_keys.iter().map(ApiKey::id).collect();
    assert_eq!(ids, ["one", "two", "three"]);
    let [one, two, three] = &credentials.api_keys[..] else {
        panic!("three keys")
    };
    assert_eq!(**one.permissions(), Permissions::all());
    assert_eq!(**two.permissions(), Permissions::own());
    assert_eq!(two.subject().map(|subject| &**subject), Some("ann"));
    let expected = Permissions {
        verbs: [Verb::Ticket].into(),
        any_user: true,
        ..Permissions::own()
    };
    assert_eq!(**three.permissions(), expected);
    assert_eq!(credentials.tickets.keys.len(), 2);
    assert_eq!(
        credentials.tickets.max_connection_duration,
        Duration::from_mins(1)
    );
}

#[test]
fn credentials_without_a_mode_and_a_mode_without_credentials_are_errors() {
    let found = errors(&[("FAST_TEMPORAL_AUTH_JWT_SECRET", SECRET)], "");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("FAST_TEMPORAL_AUTH: not set; FAST_TEMPORAL_AUTH_JWT_SECRET is set"),
        "{found:?}"
    );
    let found = file_errors(&format!("[[auth.keys]]\nid = \"a\"\nhash = \"{HASH}\"\n"));
    assert!(found[0].contains("not set"), "{found:?}");
    let settings = load(&[("AUTH", "none"), ("AUTH_JWT_SECRET", SECRET)]);
    assert_eq!(settings.app.auth, AuthConfig::None);
    assert_eq!(settings.warnings.len(), 1, "{:?}", settings.warnings);

    let found = errors(&[("AUTH", "jwt")], "");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("FAST_TEMPORAL_AUTH_JWT_SECRET: not set; FAST_TEMPORAL_AUTH is set"),
        "{found:?}"
    );
}

#[test]
fn all_errors_are_reported_without_any_secret() {
    let found = file_errors(
        "[auth]\nmod = \"jwt\"\nmode = \"jwt\"\njwt_secret = \"s3cret\"\n\
         jwt_public_key_file = \"ca.pem\"\njwks_url = \"ftp://a.b\"\njwks_file = \"order.json\"\n\
         jwt_algorithms = [\"none\"]\nleeway_seconds = -1\napi_keys = [\"a\", \"s3cret:b\"]\n\
         ticket_key = \"s3cret\"\n\n\
         [auth.permissions]\nverb = [\"start\"]\nverbs = [\"fly\"]\npayloads = \"yes\"\n\n\
         [[auth.keys]]\nid = \"a b\"\nhash = \"ft_a_s3cret\"\nsubject = \"\"\nrole = 1\n\n\
         [[auth.keys]]\nid = \"b\"\n",
    );
    let expected = [
        "auth.mod: unknown setting (conf/ft.toml line 2); expected one of mode, jwt_secret, ",
        "auth.jwt_secret: found \"***\" (conf/ft.toml line 4); expected a secret of at least 32",
        "auth.jwt_public_key_file: found \"ca.pem\" (conf/ft.toml line 5); expected the path of",
        "auth.jwks_url: found \"ftp://a.b\" (conf/ft.toml line 6); expected a URL that begins",
        "auth.jwks_file: found \"order.json\" (conf/ft.toml line 7); expected the path of a JSON",
        "auth.jwt_algorithms: found \"none\" (conf/ft.toml line 8); expected some of HS256, RS256",
        "auth.leeway_seconds: found \"-1\" (conf/ft.toml line 9); expected seconds from 0 to 600",
        "auth.api_keys: found \"***\" (conf/ft.toml line 10); expected id:hash, separated",
        "auth.ticket_key: found \"***\" (conf/ft.toml line 11); expected keys of at least 32 bytes",
        "auth.permissions.verb: found an array (conf/ft.toml line 14); expected valid permissions (verb: unknown",
        "auth.permissions.verbs: found an array (conf/ft.toml line 15); expected valid permissions (verbs: unknown",
        "auth.permissions.payloads: found a string (conf/ft.toml line 16); expected valid permissions (payloads: must",
        "auth.keys[1].id: found \"a b\" (conf/ft.toml line 19); expected 1 to 64 letters",
        "auth.keys[1].hash: found \"***\" (conf/ft.toml line 20); expected a SHA-256 hash",
        "auth.keys[1].role: unknown setting (conf/ft.toml line 22); expected one of id, hash, ",
        "auth.keys[2].hash: not set; auth.keys[2] exists (conf/ft.toml line 24), and an",
    ];
    expect_errors(&found, &expected);
    assert!(!found.concat().contains("s3cret"), "{found:#?}");
}

#[test]
fn a_duplicate_key_id_and_a_duplicate_secret_are_errors() {
    let found = file_errors(&format!(
        "[auth]\nmode = \"jwt\"\napi_keys = \"a:{HASH}\"\njwt_secret = \"{SECRET}\"\n\
         jwt_secret_file = \"secret.txt\"\n[[auth.keys]]\nid = \"a\"\nhash = \"{HASH}\"\n"
    ));
    let expected = [
        "auth.jwt_secret_file: found \"secret.txt\" (conf/ft.toml line 5); expected no value, as \
         auth.jwt_secret is set",
        "auth.keys[1].id: found \"a\" (conf/ft.toml line 6); expected an id that no other key has",
    ];
    assert_eq!(found, expected);
}

#[test]
fn the_report_shows_no_credentials() {
    let settings = load_file(&format!(
        "[auth]\nmode = \"jwt\"\njwt_secret = \"{SECRET}\"\napi_keys = [\"one:{HASH}\"]\n\
         ticket_key = \"{SECRET}\"\n[[auth.keys]]\nid = \"two\"\nhash = \"{HASH}\"\n"
    ));
    for text in [
        settings.to_text(),
        settings.to_json().to_string(),
        format!("{settings:?}"),
    ] {
        assert!(!text.contains(SECRET) && !text.contains(HASH), "{text}");
    }
    assert!(settings.to_text().contains("auth.keys[1].id"));
}
