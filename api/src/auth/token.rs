//! Access tokens (JWT, `EdDSA`, ten minutes) and refresh tokens (32 opaque bytes).
//!
//! A refresh token's successor is derived from it with a key. Two tabs that rotate the same token at once are therefore
//! handed the same successor, and a family never has two living tokens.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::environment::Env;
use crate::id::{SessionId, UserId};
use crate::keys::Keys;

/// How long an access token is good, in seconds.
pub const ACCESS_SECONDS: i64 = 600;
/// Issuer and audience: tokens of other services signed with a confused key are not ours.
const ISSUER: &str = "slipway-api";

/// The token is no token of ours, or not any more.
#[derive(Debug, thiserror::Error)]
#[error("the access token is missing, forged or expired")]
pub struct TokenError;

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    /// The user.
    pub sub: UserId,
    /// The session that it was issued for.
    pub sid: SessionId,
    iat: i64,
    exp: i64,
}

/// Makes and checks tokens.
pub struct Tokens {
    header: Header,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
    derivation: hmac::Key,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens")
    }
}

impl Tokens {
    pub fn new(keys: &Keys) -> Self {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(keys.key_id());
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[ISSUER]);
        // The expiry is compared with the injected clock in `verify`.
        validation.validate_exp = false;
        let mut secret = Sha256::new();
        secret.update(b"slipway refresh token succession");
        secret.update(&keys.encryption);
        Self {
            header,
            signing: EncodingKey::from_ed_der(&keys.signing),
            verifying: DecodingKey::from_ed_der(&keys.verifying),
            validation,
            derivation: hmac::Key::new(hmac::HMAC_SHA256, &secret.finalize()),
        }
    }

    /// Signs an access token for the session.
    pub fn sign(
        &self,
        user: UserId,
        session: SessionId,
        now: DateTime<Utc>,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let issued = now.timestamp();
        let (iss, aud) = (ISSUER.to_owned(), ISSUER.to_owned());
        let claims = Claims { iss, aud, sub: user, sid: session, iat: issued, exp: issued + ACCESS_SECONDS };
        jsonwebtoken::encode(&self.header, &claims, &self.signing)
    }

    /// Checks signature, issuer, audience and time.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, TokenError> {
        let claims =
            jsonwebtoken::decode::<Claims>(token, &self.verifying, &self.validation).map_err(|_| TokenError)?.claims;
        if claims.exp <= now.timestamp() { Err(TokenError) } else { Ok(claims) }
    }

    /// The one token that may follow this one.
    pub fn successor(&self, token: &RefreshToken) -> RefreshToken {
        let tag = hmac::sign(&self.derivation, &token.0);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(tag.as_ref());
        RefreshToken(bytes)
    }
}

/// An opaque secret that is shown once and stored as a hash: refresh tokens and set-password links.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken([u8; 32]);

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken")
    }
}

impl RefreshToken {
    pub fn random(env: &Env) -> Self {
        Self(env.bytes())
    }

    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// What the client is given.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What Postgres keeps. The token has 256 random bits, so a plain hash is enough.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::System;

    fn tokens() -> Tokens {
        let dir = tempfile::tempdir().unwrap();
        Tokens::new(&Keys::load_or_create(dir.path(), &Env::new(System)).unwrap())
    }

    fn ids() -> (UserId, SessionId) {
        (UserId(uuid::Uuid::from_u128(1)), SessionId(uuid::Uuid::from_u128(2)))
    }

    #[test]
    fn a_token_is_good_for_ten_minutes_and_not_a_second_longer() {
        let (tokens, (user, session), now) = (tokens(), ids(), DateTime::UNIX_EPOCH);
        let token = tokens.sign(user, session, now).unwrap();
        let late = now + chrono::TimeDelta::seconds(ACCESS_SECONDS);
        assert_eq!(tokens.verify(&token, late - chrono::TimeDelta::seconds(1)).unwrap().sub, user);
        assert!(tokens.verify(&token, late).is_err());
    }

    #[test]
    fn a_token_signed_with_another_key_is_refused() {
        let (user, session) = ids();
        let forged = tokens().sign(user, session, DateTime::UNIX_EPOCH).unwrap();
        assert!(tokens().verify(&forged, DateTime::UNIX_EPOCH).is_err());
    }

    #[test]
    fn a_token_that_says_it_needs_no_signature_is_refused() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let tokens = tokens();
        let (user, session) = ids();
        let good = tokens.sign(user, session, DateTime::UNIX_EPOCH).unwrap();
        let payload = good.split('.').nth(1).unwrap();
        assert!(tokens.verify(&format!("{header}.{payload}."), DateTime::UNIX_EPOCH).is_err());
    }

    #[test]
    fn a_refresh_token_has_exactly_one_successor() {
        let (tokens, first) = (tokens(), RefreshToken([1; 32]));
        let second = tokens.successor(&first);
        assert_eq!(second, tokens.successor(&first));
        assert_ne!(second, first);
        assert_ne!(tokens.successor(&second), second);
        assert_eq!(RefreshToken::parse(&second.reveal()).unwrap(), second);
    }
}
