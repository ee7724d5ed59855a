//! Verifies JSON Web Tokens.

use fast_temporal_core::Principal;
use fast_temporal_protocol::{ErrorBody, ErrorCode};
use jiff::Timestamp;
use jsonwebtoken::{
    Header, Validation, decode_header,
    errors::{Error, ErrorKind},
};

use super::{
    auth_config::JwtConfig,
    claims::Claims,
    crypto,
    jwks::Jwks,
    jwt_key::{JwtAlgorithm, JwtKey},
    ticket_issuer,
};
use crate::error::unauthenticated;

/// Verifies JSON Web Tokens.
pub(super) struct JwtVerifier {
    config: JwtConfig,
    jwks: Option<Jwks>,
}

/// The header of a token, unverified.
struct UnverifiedHeader {
    algorithm: JwtAlgorithm,
    kid: Option<String>,
}

impl JwtVerifier {
    pub(super) fn new(config: JwtConfig, jwks: Option<Jwks>) -> Self {
        crypto::install();
        Self { config, jwks }
    }

    /// The principal of a token. Configured keys are tried first, then fetched ones, then those of
    /// another fetch.
    pub(super) async fn check(&self, token: &str) -> Result<Principal, ErrorBody> {
        let header = self.read_header(token)?;
        if let Some(outcome) = self.try_keys(token, &header, &self.config.keys) {
            return outcome;
        }
        // Key sets are public, so they cannot contain HMAC secrets.
        let jwks = self
            .jwks
            .as_ref()
            .filter(|_| header.algorithm != JwtAlgorithm::Hs256);
        let Some(jwks) = jwks else {
            return Err(unknown_key());
        };
        let mut keys = jwks.keys().await?;
        loop {
            if let Some(outcome) = self.try_keys(token, &header, &keys) {
                return outcome;
            }
            // The key with this id did not match, so no other will.
            if header.kid.is_some() && keys.iter().any(|key| header.names(key)) {
                return Err(unknown_key());
            }
            keys = jwks.newer_than(&keys).await?.ok_or_else(unknown_key)?;
        }
    }

    fn read_header(&self, token: &str) -> Result<UnverifiedHeader, ErrorBody> {
        let header: Header = decode_header(token)
            .map_err(|_| unauthenticated("expected a JSON Web Token with a permitted algorithm"))?;
        // RFC 7515, 4.1.11: unknown critical extensions must be rejected.
        if header.crit.is_some() {
            return Err(unauthenticated(
                "the token has unsupported critical extensions (crit)",
            ));
        }
        if header.typ.as_deref() == Some(ticket_issuer::TYPE) {
            return Err(unauthenticated("a ticket is not a user's JSON Web Token"));
        }
        let algorithm = JwtAlgorithm::of(header.alg)
            .filter(|algorithm| self.config.algorithms.contains(algorithm))
            .ok_or_else(|| unauthenticated("the token's algorithm (alg) is not permitted"))?;
        Ok(UnverifiedHeader {
            algorithm,
            kid: header.kid,
        })
    }

    /// The outcome with the key that signed the token; `None` if none of these did.
    fn try_keys(
        &self,
        token: &str,
        header: &UnverifiedHeader,
        keys: &[JwtKey],
    ) -> Option<Result<Principal, ErrorBody>> {
        keys.iter()
            .filter(|key| header.can_match(key))
            .find_map(
                |key| match key.decode::<Claims>(token, &self.validation(key.algorithm())) {
                    Err(error) if *error.kind() == ErrorKind::InvalidSignature => None,
                    Err(error) => Some(Err(invalid_claims(&error))),
                    Ok(claims) => Some(claims.principal(&self.config, Timestamp::now())),
                },
            )
    }

    fn validation(&self, algorithm: JwtAlgorithm) -> Validation {
        let mut validation = Validation::new(algorithm.into());
        let mut required = vec!["exp"];
        validation.leeway = self.config.leeway.as_secs();
        validation.validate_nbf = true;
        if !self.config.issuers.is_empty() {
            validation.set_issuer(&self.config.issuers);
            required.push("iss");
        }
        if !self.config.audiences.is_empty() {
            validation.set_audience(&self.config.audiences);
            required.push("aud");
        }
        validation.set_required_spec_claims(&required);
        validation
    }
}

impl UnverifiedHeader {
    fn can_match(&self, key: &JwtKey) -> bool {
        key.algorithm() == self.algorithm
            && (self.kid.is_none() || key.kid().is_none() || self.names(key))
    }

    fn names(&self, key: &JwtKey) -> bool {
        key.algorithm() == self.algorithm && self.kid.as_deref() == key.kid()
    }
}

fn unknown_key() -> ErrorBody {
    unauthenticated("the token is not signed with a known key")
}

fn invalid_claims(error: &Error) -> ErrorBody {
    unauthenticated(match error.kind() {
        ErrorKind::ExpiredSignature => {
            return ErrorBody::new(ErrorCode::TokenExpired, "the token has expired");
        }
        ErrorKind::ImmatureSignature => "the token is not valid yet (nbf)",
        ErrorKind::InvalidIssuer => "the token's issuer (iss) is not accepted",
        ErrorKind::InvalidAudience => "the token is for another audience (aud)",
        ErrorKind::MissingRequiredClaim(claim) => match claim.as_str() {
            "exp" => "the token has no expiry (exp)",
            "iss" => "the token has no issuer (iss)",
            _ => "the token has no audience (aud)",
        },
        ErrorKind::InvalidClaimFormat(_) => "the token's times (exp, nbf) are not numbers",
        _ => "the token's claims are invalid",
    })
}
