//! The refresh cookie: out of reach for scripts, sent to `/v1/auth` only and never from another site.

use http::{HeaderMap, HeaderValue, header};

use crate::auth::token::RefreshToken;
use crate::problem::Problem;

/// The cookie's name.
pub const NAME: &str = "slipway_refresh";

/// Reads the refresh token that the browser sent.
pub fn read(headers: &HeaderMap) -> Option<RefreshToken> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == NAME).then(|| RefreshToken::parse(value))?)
}

/// The header that gives the browser the token for so many seconds.
pub fn set(token: &RefreshToken, max_age: i64, secure: bool) -> Result<HeaderValue, Problem> {
    header_value(&token.reveal(), max_age, secure)
}

/// The header that makes the browser forget it.
pub fn clear(secure: bool) -> Result<HeaderValue, Problem> {
    header_value("", 0, secure)
}

fn header_value(value: &str, max_age: i64, secure: bool) -> Result<HeaderValue, Problem> {
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!(
        "{NAME}={value}; HttpOnly; SameSite=Strict; Path=/v1/auth; Max-Age={max_age}{secure}"
    ))
    .map_err(Problem::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::{Env, System};

    #[test]
    fn the_cookie_is_found_among_others() {
        let token = RefreshToken::random(&Env::new(System));
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, format!("a=b; {NAME}={}; c=d", token.reveal()).parse().unwrap());
        assert_eq!(read(&headers), Some(token));
        assert_eq!(read(&HeaderMap::new()), None);
    }

    #[test]
    fn the_cookie_is_for_tls_only_when_people_come_by_tls() {
        let token = RefreshToken::random(&Env::new(System));
        assert!(set(&token, 60, true).unwrap().to_str().unwrap().ends_with("Max-Age=60; Secure"));
        let plain = set(&token, 60, false).unwrap();
        assert!(plain.to_str().unwrap().contains("HttpOnly; SameSite=Strict; Path=/v1/auth"), "{plain:?}");
    }
}
