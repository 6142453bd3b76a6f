//! What it costs to know who somebody is: tokens on each request, passwords once.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use slipway_api::auth::password::Verified;

use super::{
    hot::number,
    world::{self, LARGE, PASSWORD, World},
};
use crate::{figure::Figure, machine};

/// Verifications of a sample, and samples.
const ROUNDS: u32 = 2_000;
const SAMPLES: usize = 15;
/// As many as the API makes at once.
const HASHES: usize = 2;

/// Nanoseconds of this thread for an access token's signature and claims.
pub(super) fn measure(world: &World) -> Result<Vec<Figure>> {
    let app = world.app(world.pool(1))?;
    let (token, now) = (world::token(&app, LARGE)?, app.env.now());
    let mut samples = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        let before = machine::cpu_time();
        for _ in 0..ROUNDS {
            black_box(app.tokens.verify(black_box(&token), now)?);
        }
        samples.push(machine::cpu_time().saturating_sub(before).as_secs_f64() * 1e9 / f64::from(ROUNDS));
    }
    Ok(vec![Figure::measured("access token verified (JWT, Ed25519), CPU", "ns", samples)])
}

/// From an address of their own, so that nobody is taken for somebody who guesses.
pub(super) fn login(person: u32) -> Vec<u8> {
    let body = format!(r#"{{"email":"person-{person}@example.org","password":"{PASSWORD}"}}"#);
    let [_, a, b, c] = person.to_be_bytes();
    let head = format!(
        "POST /v1/auth/login HTTP/1.1\r\nhost: 127.0.0.1\r\nx-forwarded-for: 10.{a}.{b}.{c}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes()
}

/// Passwords verified a second, by the API's own means and with nothing else.
pub(super) async fn passwords(world: &World, seconds: f64) -> Result<f64> {
    let app = world.app(world.pool(1))?;
    let hash = app.passwords.hash(&app.env, PASSWORD.into()).await.map_err(|_| anyhow::anyhow!("no hash"))?;
    let began = Instant::now();
    let until = began + Duration::from_secs_f64(seconds);
    let workers: Vec<_> = (0..HASHES)
        .map(|_| {
            let (passwords, hash) = (app.passwords.clone(), hash.clone());
            tokio::spawn(async move {
                let mut done = 0;
                while Instant::now() < until {
                    let verified = passwords.verify(PASSWORD.into(), Some(hash.clone())).await;
                    ensure!(matches!(verified, Ok(Verified::Right { .. })), "the password is wrong");
                    done += 1;
                }
                Ok(done)
            })
        })
        .collect();
    let mut done = 0;
    for worker in workers {
        done += worker.await??;
    }
    Ok(number(done) / began.elapsed().as_secs_f64())
}
