//! A real kube-apiserver, with this test's own objects in it.

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

/// A client as the provider's administrator.
pub async fn client() -> Client {
    let path = std::env::var("SLIPWAY_TEST_KUBECONFIG")
        .expect("run `make test`, or set SLIPWAY_TEST_KUBECONFIG to a kubeconfig of a control plane with the CRDs");
    let kubeconfig = Kubeconfig::read_from(path).expect("the kubeconfig can be read");
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    Client::try_from(config).unwrap()
}

/// A client whose apiserver does not answer.
pub fn dead_client() -> Client {
    Client::try_from(Config::new("http://127.0.0.1:1".parse().unwrap())).unwrap()
}
