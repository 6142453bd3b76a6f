//! The first user's password in the guest: hashed in the request (`$6$`), sealed until the dispatcher has put the hash
//! into a Secret in the tenant's namespace, and forgotten then. The clear text is nowhere but in the request.

use secrecy::{ExposeSecret, SecretString};
use sha_crypt::{PasswordHasher, ShaCrypt};
use sqlx::PgConnection;

use crate::app::App;
use crate::id::ServerId;
use crate::problem::{Kind, Problem};
use crate::seal::Sealer;

/// In bytes; longer ones cost the guest's login more than they gain.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=128;

/// A password that may be set in a guest.
#[derive(Debug)]
pub struct GuestPassword(SecretString);

impl TryFrom<String> for GuestPassword {
    type Error = Problem;

    fn try_from(text: String) -> Result<Self, Problem> {
        if LENGTH.contains(&text.len()) && !text.chars().any(char::is_control) {
            return Ok(Self(text.into()));
        }
        Err(Problem::new(Kind::Unprocessable, "The password does not fit.")
            .with_field("password", format!("must have {} to {} characters", LENGTH.start(), LENGTH.end())))
    }
}

/// The name of the Secret that holds a server's hash, under the key `password`.
pub fn secret_name(object_name: &str) -> String {
    format!("{object_name}-password")
}

/// Hashes with SHA-512 crypt, which every cloud-init image understands.
pub async fn hash(app: &App, password: GuestPassword) -> Result<SecretString, Problem> {
    // Crypt's own alphabet is a subset of what a salt may be; 12 bytes become 16 characters of it.
    let salt = app.env.bytes::<12>();
    let hashed = tokio::task::spawn_blocking(move || {
        ShaCrypt::default()
            .hash_password_with_salt(password.0.expose_secret().as_bytes(), &salt)
            .map(|hash| SecretString::from(hash.to_string()))
    });
    hashed.await.map_err(Problem::internal)?.map_err(Problem::internal)
}

/// Keeps the hash, sealed, until it is dispatched.
pub async fn keep(
    connection: &mut PgConnection,
    app: &App,
    server: ServerId,
    hash: &SecretString,
) -> Result<(), Problem> {
    let sealed = app.sealer.seal(&purpose(server), hash.expose_secret().as_bytes()).map_err(Problem::internal)?;
    sqlx::query!(
        "insert into sealed_secrets (server_id, sealed, created_at) values ($1, $2, $3)
         on conflict (server_id) do update set sealed = excluded.sealed, created_at = excluded.created_at",
        server.0,
        sealed,
        app.env.now()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Why a kept hash could not be read.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("the guest password: {0}")]
    Sealed(#[from] crate::seal::SealError),
    #[error("the guest password is not text")]
    Text,
}

/// The kept hash, if it was not dispatched yet.
pub async fn kept(
    connection: &mut PgConnection,
    sealer: &Sealer,
    server: ServerId,
) -> Result<Option<SecretString>, KeptError> {
    let row = sqlx::query_scalar!("select sealed from sealed_secrets where server_id = $1", server.0)
        .fetch_optional(connection)
        .await?;
    let Some(payload) = row else { return Ok(None) };
    let plain = sealer.open(&purpose(server), &payload)?;
    String::from_utf8(plain).map(|text| Some(text.into())).map_err(|_| KeptError::Text)
}

/// Forgets the hash: Kubernetes has it.
pub async fn forget(connection: &mut PgConnection, server: ServerId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from sealed_secrets where server_id = $1", server.0).execute(connection).await?;
    Ok(())
}

fn purpose(server: ServerId) -> String {
    format!("server/{server}/guest-password")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_out_of_bounds_is_refused() {
        assert!(GuestPassword::try_from("longenough".to_owned()).is_ok());
        for wrong in ["short", "with\nnewline", &"x".repeat(129)] {
            assert!(GuestPassword::try_from(wrong.to_owned()).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_hash_is_the_crypt_of_the_linux_password_file() {
        let hash = ShaCrypt::default().hash_password_with_salt(b"secret-password", b"0123456789ab").unwrap();
        assert!(hash.to_string().starts_with("$6$"), "{hash}");
    }
}
