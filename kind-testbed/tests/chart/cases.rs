//! The values that the chart is tried with: each profile, and each thing that can be switched.

/// A name for failures, and the values.
pub struct Case {
    pub name: &'static str,
    pub values: &'static [&'static str],
}

const fn case(name: &'static str, values: &'static [&'static str]) -> Case {
    Case { name, values }
}

pub const CASES: [Case; 11] = [
    case("small", &[]),
    case(
        "small behind an Ingress with cert-manager",
        &[
            "expose.kind=ingress",
            "expose.host=panel.example.org",
            "expose.ingress.className=nginx",
            "expose.tls.issuer.name=letsencrypt",
        ],
    ),
    case(
        "small with a migration",
        &[
            "migration.enabled=true",
            "migration.source.secretName=whmcs",
            "migration.mapping.configMapName=mapping",
            "migration.mapping.createCatalogue=true",
        ],
    ),
    case(
        "small from a registry of one's own",
        &[
            "image.registry=registry.example.org/mirror",
            "image.tag=sha-1",
            "image.pullSecrets[0].name=pull",
            "database.bundled.storage.className=fast",
            "database.bundled.dump.enabled=false",
            "api.nodeSelector.kind=control",
            "operator.tolerations[0].operator=Exists",
        ],
    ),
    case("small without network policies", &["networkPolicy.enabled=false"]),
    case(
        "small with everything closed that can be",
        &[
            "networkPolicy.proxmox.cidrs[0]=10.9.0.0/24",
            "networkPolicy.kubernetes.cidrs[0]=10.96.0.1/32",
            "networkPolicy.scrapers[0].namespaceSelector.matchLabels.name=monitoring",
            "networkPolicy.clients[0].namespaceSelector.matchLabels.name=ingress",
        ],
    ),
    case("ha with an external PostgreSQL", &["profile=ha", "database.external.secretName=postgres"]),
    case(
        "ha with CloudNativePG behind a Gateway of its own, watched",
        &[
            "profile=ha",
            "database.kind=cloudnativepg",
            "expose.kind=gateway",
            "expose.host=panel.example.org",
            "expose.gateway.className=envoy",
            "expose.tls.issuer.name=letsencrypt",
            "monitoring.serviceMonitors.enabled=true",
            "monitoring.rules.enabled=true",
            "monitoring.dashboard.enabled=true",
        ],
    ),
    case(
        "ha behind somebody's Gateway, with a migration",
        &[
            "profile=ha",
            "database.external.secretName=postgres",
            "expose.kind=gateway",
            "expose.host=panel.example.org",
            "expose.gateway.parentRefs[0].name=public",
            "expose.gateway.parentRefs[0].namespace=gateways",
            "migration.enabled=true",
            "migration.source.secretName=whmcs",
            "migration.mapping.configMapName=mapping",
        ],
    ),
    case("operator-only", &["profile=operator-only", "operator.sites[0]=ams1", "operator.sites[1]=ams2"]),
    case(
        "operator-only with manifests for Git, watched",
        &[
            "profile=operator-only",
            "migration.enabled=true",
            "migration.emit=manifests",
            "migration.source.secretName=whmcs",
            "migration.mapping.configMapName=mapping",
            "migration.manifests.claimName=manifests",
            "monitoring.serviceMonitors.enabled=true",
            "monitoring.rules.enabled=true",
        ],
    ),
];
