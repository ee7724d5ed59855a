//! Credentials, valid and invalid.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use ring::hmac;
use serde_json::{Value, json};

/// The issuer that the gateways accept.
pub const ISSUER: &str = "conform-issuer";
/// The audience of tokens.
pub const AUDIENCE: &str = "conform-audience";

/// Signs tokens.
pub struct Tokens {
    secret: String,
}

impl Tokens {
    pub fn new(secret: String) -> Self {
        Self { secret }
    }

    /// A valid token of a user with these permissions, for ten minutes.
    pub fn sign(&self, subject: &str, permissions: &Value) -> String {
        self.sign_for(subject, permissions, 600)
    }

    /// A token that expires in this number of seconds.
    pub fn sign_for(&self, subject: &str, permissions: &Value, seconds: i64) -> String {
        self.sign_claims(&claims(subject, permissions, seconds))
    }

    /// A token with any claims.
    fn sign_claims(&self, claims: &Value) -> String {
        self.sign_as("HS256", hmac::HMAC_SHA256, claims)
    }

    /// The same, with any algorithm name in the header, signed with any HMAC.
    fn sign_as(&self, name: &str, algorithm: hmac::Algorithm, claims: &Value) -> String {
        let header =
            BASE64URL_NOPAD.encode(json!({"alg": name, "typ": "JWT"}).to_string().as_bytes());
        let payload = BASE64URL_NOPAD.encode(claims.to_string().as_bytes());
        let message = format!("{header}.{payload}");
        let key = hmac::Key::new(algorithm, self.secret.as_bytes());
        let signature = BASE64URL_NOPAD.encode(hmac::sign(&key, message.as_bytes()).as_ref());
        format!("{message}.{signature}")
    }

    /// Tokens that gateways must reject, each with the reason.
    pub fn invalid(&self, subject: &str, permissions: &Value) -> Vec<(&'static str, String)> {
        let valid = claims(subject, permissions, 600);
        let with = |name: &str, value: Value| {
            let mut claims = valid.clone();
            claims[name] = value;
            self.sign_claims(&claims)
        };
        let now = Timestamp::now().as_second();
        let signed = self.sign_claims(&valid);
        let (message, signature) = signed.rsplit_once('.').expect("a token has three parts");
        let (_, payload) = message.split_once('.').expect("a token has three parts");
        // {"alg":"none","typ":"JWT"}
        let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.");
        let other = Self::new("another secret that is long enough for HS256".to_owned());
        let by_sha256 = |name| self.sign_as(name, hmac::HMAC_SHA256, &valid);
        let by_sha512 = |name| self.sign_as(name, hmac::HMAC_SHA512, &valid);
        let mut cut = signature.to_owned();
        cut.pop();
        vec![
            ("expired", with("exp", json!(now - 600))),
            ("not yet valid", with("nbf", json!(now + 600))),
            ("wrong audience", with("aud", json!("another"))),
            ("wrong issuer", with("iss", json!("another"))),
            ("wrong signature", other.sign_claims(&valid)),
            ("signature cut", format!("{message}.{cut}")),
            ("alg none", unsigned),
            ("alg none, but signed", by_sha256("none")),
            // The right signature with the right secret, under the name of another algorithm.
            ("RS256", by_sha256("RS256")),
            ("ES256", by_sha256("ES256")),
            // With the right secret, by an algorithm that is not configured.
            ("HS512", by_sha512("HS512")),
            ("HS256 by HMAC of SHA-512", by_sha512("HS256")),
            ("not a token", "nonsense".to_owned()),
        ]
    }
}

fn claims(subject: &str, permissions: &Value, seconds: i64) -> Value {
    json!({
        "sub": subject,
        "iss": ISSUER,
        "aud": AUDIENCE,
        "exp": Timestamp::now().as_second() + seconds,
        "fast_temporal": permissions,
    })
}
