//! `slipway-operator probe`: whether addresses answer, asked from where the others ask. An image without a shell brings it
//! along, for `helm test`.

use std::time::Duration;

const PAUSE: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, clap::Args)]
pub struct ProbeArgs {
    #[arg(required = true)]
    pub urls: Vec<String>,
    /// How long all of them together may take, in seconds.
    #[arg(long, default_value_t = 60)]
    pub seconds: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error("an HTTP client cannot be made: {0}")]
    Client(reqwest::Error),
    #[error("{url} did not answer 200 within {seconds} s; the last answer: {last}")]
    NotWell { url: String, seconds: u64, last: String },
}

/// Asks each until it has answered 200.
pub async fn probe(args: &ProbeArgs) -> Result<(), ProbeError> {
    let http = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build().map_err(ProbeError::Client)?;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(args.seconds);
    for url in &args.urls {
        loop {
            let last = match http.get(url).send().await {
                Ok(answer) if answer.status() == reqwest::StatusCode::OK => break,
                Ok(answer) => answer.status().to_string(),
                Err(error) => error.to_string(),
            };
            if tokio::time::Instant::now() >= deadline {
                return Err(ProbeError::NotWell { url: url.clone(), seconds: args.seconds, last });
            }
            tokio::time::sleep(PAUSE).await;
        }
        tracing::info!(url, "answers");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_that_is_not_well_fails_the_whole() {
        let app = axum::Router::new().route("/readyz", axum::routing::get(|| async { "ok" }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let args =
            |paths: &[&str]| ProbeArgs { urls: paths.iter().map(|p| format!("{base}{p}")).collect(), seconds: 0 };
        probe(&args(&["/readyz"])).await.unwrap();
        let error = probe(&args(&["/readyz", "/none"])).await.unwrap_err().to_string();
        assert!(error.contains("/none did not answer 200") && error.contains("404"), "{error}");
    }
}
