//! From a JSON Web Token to a principal.

mod claim;

use fast_temporal_core::Principal;
use fast_temporal_protocol::{ErrorBody, ErrorCode};
use jiff::Timestamp;
use jsonwebtoken::{
    Header, Validation, decode, decode_header,
    errors::{Error, ErrorKind},
};
use serde::de::DeserializeOwned;

use self::claim::Claims;
use super::{
    JwtAlgorithm, JwtConfig, JwtKey, crypto,
    jwks::{Jwks, Keys},
    ticket, unauthenticated,
};

/// Checks JSON Web Tokens.
pub(super) struct JwtChecker {
    config: JwtConfig,
    jwks: Option<Jwks>,
}

/// What a token says of itself, before anything is known to be true.
struct Said {
    algorithm: JwtAlgorithm,
    kid: Option<String>,
}

impl JwtChecker {
    pub(super) fn new(config: JwtConfig, jwks: Option<Jwks>) -> Self {
        crypto::install();
        Self { config, jwks }
    }

    /// Whom a token speaks for. The keys that are at hand are tried first; where they don't do,
    /// those that can be fetched, and fetched anew.
    pub(super) async fn check(&self, token: &str) -> Result<Principal, ErrorBody> {
        let said = self.read_header(token)?;
        if let Some(outcome) = self.try_keys(token, &said, &self.config.keys) {
            return outcome;
        }
        // Whoever publishes a secret has none: sets hold public keys only.
        let jwks = self
            .jwks
            .as_ref()
            .filter(|_| said.algorithm != JwtAlgorithm::Hs256);
        let Some(jwks) = jwks else {
            return Err(no_key());
        };
        let mut keys = jwks.keys().await?;
        loop {
            if let Some(outcome) = self.try_keys(token, &said, &keys) {
                return outcome;
            }
            // A key that was found by its name, and did not do: others would not do either.
            if said.kid.is_some() && keys.iter().any(|key| said.names(key)) {
                return Err(no_key());
            }
            keys = self.newer(jwks, &keys).await?;
        }
    }

    async fn newer(&self, jwks: &Jwks, keys: &Keys) -> Result<Keys, ErrorBody> {
        jwks.newer_than(keys).await?.ok_or_else(no_key)
    }

    fn read_header(&self, token: &str) -> Result<Said, ErrorBody> {
        let header: Header = decode_header(token).map_err(|_| {
            unauthenticated("the token is no JSON Web Token of an allowed algorithm")
        })?;
        // RFC 7515, 4.1.11: whoever does not know what is said to be critical must refuse it.
        if header.crit.is_some() {
            return Err(unauthenticated("the token has critical extensions"));
        }
        if header.typ.as_deref() == Some(ticket::TYPE) {
            return Err(unauthenticated("the token is no JSON Web Token of a user"));
        }
        let algorithm = JwtAlgorithm::of(header.alg)
            .filter(|algorithm| self.config.algorithms.contains(algorithm))
            .ok_or_else(|| unauthenticated("the token's algorithm is not allowed"))?;
        Ok(Said {
            algorithm,
            kid: header.kid,
        })
    }

    /// The outcome with the first key that the token was signed with; `None` where there is none.
    fn try_keys(
        &self,
        token: &str,
        said: &Said,
        keys: &[JwtKey],
    ) -> Option<Result<Principal, ErrorBody>> {
        keys.iter().filter(|key| said.fits(key)).find_map(|key| {
            let claims = decode_with::<Claims>(token, key, &self.validation(key.algorithm()));
            match claims {
                Err(error) if *error.kind() == ErrorKind::InvalidSignature => None,
                Err(error) => Some(Err(refuse(&error))),
                Ok(claims) => Some(claims.principal(&self.config, Timestamp::now())),
            }
        })
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

impl Said {
    fn fits(&self, key: &JwtKey) -> bool {
        key.algorithm() == self.algorithm
            && (self.kid.is_none() || key.kid().is_none() || self.names(key))
    }

    fn names(&self, key: &JwtKey) -> bool {
        key.algorithm() == self.algorithm && self.kid.as_deref() == key.kid()
    }
}

/// The claims of a token that this key signed, if they are as they must be.
pub(super) fn decode_with<T: DeserializeOwned>(
    token: &str,
    key: &JwtKey,
    validation: &Validation,
) -> Result<T, Error> {
    decode::<T>(token, key.decoding(), validation).map(|data| data.claims)
}

fn no_key() -> ErrorBody {
    unauthenticated("the token's signature is of no key that is known here")
}

fn refuse(error: &Error) -> ErrorBody {
    unauthenticated(match error.kind() {
        ErrorKind::ExpiredSignature => {
            return ErrorBody::new(ErrorCode::TokenExpired, "the token has ended");
        }
        ErrorKind::ImmatureSignature => "the token is not valid yet (nbf)",
        ErrorKind::InvalidIssuer => "the token's issuer (iss) is not one that is taken here",
        ErrorKind::InvalidAudience => "the token is not meant for here (aud)",
        ErrorKind::MissingRequiredClaim(claim) => match claim.as_str() {
            "exp" => "the token has no time at which it ends (exp)",
            "iss" => "the token has no issuer (iss)",
            _ => "the token has no audience (aud)",
        },
        ErrorKind::InvalidClaimFormat(_) => "the token's times (exp, nbf) must be numbers",
        _ => "the token's claims can't be read",
    })
}
