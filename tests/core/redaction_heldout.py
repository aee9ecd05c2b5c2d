"""Secrets that the patterns of redaction were not written for, and how many of them are found.

Written after the patterns, which are not fitted to it: the figures would mean nothing else.
All are made up, and put together from parts. As a script it prints what the document shows.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

MIXED = "kT7vQ2mXw9Lz4RcB8nHs3JfY6pGd1Ua5Ke0WbVtZxMyNqPrS"
LOWER = "k7v2mxw9lz4rcb8nhs3jfy6pgd1ua5ke0wbvtzxmynqprst7q2h4"
HEX = "9c1f7e3a5b8d2046f1e7c3a9b5d80264e3f19a7c5d8b2046a1c3e5f7092b4d68"
UUID = "-".join((HEX[:8], HEX[8:12], "4" + HEX[13:16], "a" + HEX[17:20], HEX[20:32]))
PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"

# Label, token: shown as `the tool printed TOKEN and stopped`.
TOKENS = [
    ("Azure DevOps PAT", LOWER[:52]),
    ("Okta API token", "00" + MIXED[:40]),
    ("Shopify access token", "shp" + "at_" + HEX[:32]),
    ("Shopify shared secret", "shp" + "ss_" + HEX[:32]),
    ("Atlassian API token", "ATA" + "TT3xFfGF0" + MIXED * 3 + "=1A2B3C4D"),
    ("Bitbucket app password", "AT" + "BB" + MIXED[:32]),
    ("Heroku API key", "HRKU-" + UUID),
    ("Linear API key", "lin" + "_api_" + MIXED[:40]),
    ("Postman API key", "PM" + "AK-" + HEX[:24] + "-" + HEX[:34]),
    ("Grafana Cloud token", "gl" + "c_eyJ" + MIXED * 2),
    ("Grafana service account", "gl" + "sa_" + MIXED[:32] + "_" + HEX[:8]),
    ("New Relic user key", "NR" + "AK-" + MIXED[:27].upper()),
    ("Dropbox short-lived token", "sl" + ".B" + MIXED * 2),
    ("Square access token", "EA" + "AA" + MIXED + MIXED[:12]),
    ("Square OAuth secret", "sq0" + "csp-" + MIXED[:43]),
    ("PayPal access token", "access_token" + "$production$" + LOWER[:16] + "$" + HEX[:32]),
    ("Cloudflare API token", MIXED[:40]),
    ("Fastly API token", MIXED[:32]),
    ("Algolia admin key", HEX[:32]),
    ("Airtable PAT", "pa" + "t" + MIXED[:14] + "." + HEX[:64]),
    ("Asana PAT", "1/" + "1200123456789012:" + HEX[:32]),
    ("Figma PAT", "fi" + "gd_" + MIXED[:40]),
    ("Doppler token", "dp" + ".pt." + MIXED[:43]),
    ("Terraform Cloud token", MIXED[:14] + ".atlas" + "v1." + MIXED + MIXED[:19]),
    ("Tailscale auth key", "ts" + "key-auth-" + MIXED[:12] + "CNTRL-" + MIXED[:32]),
    ("Fly.io token", "Fly" + "V1 fm2_" + MIXED * 3),
    ("Netlify token", "nf" + "p_" + MIXED[:36]),
    ("Supabase token", "sb" + "p_" + HEX[:40]),
    ("PlanetScale token", "pscale" + "_tkn_" + MIXED[:43]),
    ("Sentry org token", "sntr" + "ys_eyJ" + MIXED * 2 + "=_" + MIXED[:43]),
    ("PagerDuty key", "u+" + MIXED[:18]),
    ("Snyk token", UUID),
    ("SonarQube token", "sq" + "p_" + HEX[:40]),
    ("CircleCI PAT", "CCI" + "PAT_" + MIXED[:22] + "_" + HEX[:40]),
    ("Buildkite token", "bk" + "ua_" + HEX[:40]),
    ("RubyGems key", "ruby" + "gems_" + HEX[:48]),
    ("crates.io token", "ci" + "o" + MIXED[:32]),
    ("Docker Hub PAT", "dckr" + "_pat_" + MIXED[:27]),
    ("Artifactory key", "AK" + "Cp8" + MIXED + MIXED[:21]),
    ("Pulumi token", "pu" + "l-" + HEX[:40]),
    ("Mapbox secret token", "sk" + ".eyJ1" + MIXED + MIXED[:20] + "." + MIXED[:22]),
    ("Groq key", "gs" + "k_" + MIXED + MIXED[:4]),
    ("Replicate token", "r8" + "_" + MIXED[:37]),
    ("xAI key", "xa" + "i-" + MIXED + MIXED[:32]),
    ("Perplexity key", "pp" + "lx-" + MIXED[:48]),
    ("DeepSeek key", "sk" + "-" + HEX[:32]),
    ("Alibaba access key", "LT" + "AI5t" + MIXED[:20]),
    ("Tencent secret id", "AK" + "ID" + MIXED[:32]),
    ("Facebook token", "EA" + "ACEdEose0cBA" + MIXED * 3),
    ("Twitter bearer token", "AAAAAAAAAAAAAAAAAAAAA" + MIXED + "%2B" + MIXED),
    ("Brevo key", "xk" + "eysib-" + HEX[:64] + "-" + MIXED[:16]),
    ("HubSpot private app", "pa" + "t-na1-" + UUID),
    ("Plaid access token", "access" + "-production-" + UUID),
    ("Contentful PAT", "CF" + "PAT-" + MIXED[:43]),
    ("LaunchDarkly SDK key", "sd" + "k-" + UUID),
    ("Prefect key", "pn" + "u_" + MIXED[:36]),
    ("GitHub OAuth token, old form", HEX[:40]),
    ("GitHub app token as JWT", "gh" + "s_12345_eyJ" + MIXED + ".eyJ" + MIXED + "." + MIXED),
    ("AWS Bedrock key", "AB" + "SKQmVkcm9ja" + MIXED * 2),
    ("AWS secret key without context", MIXED[:20] + "/" + MIXED[21:40]),
    ("Google refresh token", "1/" + "/0g" + MIXED + "-" + MIXED[:20]),
    ("GitLab CI job token", "glc" + "bt-64_" + MIXED[:20]),
    ("Vault batch token", "hv" + "b.AAAAAQ" + MIXED * 2),
    ("JWE", "eyJ" + "hbGciOiJkaXIifQ.." + ".".join((MIXED, MIXED, MIXED[:22]))),
    ("Ethereum private key", "0x" + HEX),
    ("seed phrase", PHRASE),
]  # fmt: skip

# Label, what stands before the secret, the secret, what stands after it.
IN_TEXT = [
    ("prose: password is", "The password is ", "hunter2", ", do not share it."),
    ("prose: log in with", "Log in as bob with ", "Winter2026!", " and continue."),
    ("prose in German", "Das Passwort: ", "geheim123", " gilt bis Montag."),
    ("prose in Spanish", "la contraseña: ", "secreto123", " caduca el lunes"),
    ("prose: Pass", "User: bob, Pass: ", "hunter2", ""),
    ("PIN", "the door's PIN is ", "482155", ""),
    ("kubeconfig client-key-data", "    client-key-data: ", "LS0tLS1CRUdJTi" + MIXED * 3, "\n"),
    ("kubeconfig token", "  user:\n    token: ", MIXED[:40], "\n"),
    ("Docker config auth", '{"auths": {"x.io": {"auth": "', "Ym9iOmh1bnRlcjIh", '"}}}'),
    (".npmrc _authToken", "//registry.example.com/:_authToken=", UUID, "\n"),
    (".npmrc _auth", "_auth=", "Ym9iOmh1bnRlcjIh", "\n"),
    (".netrc", "machine example.com login bob password ", "hunter2", "\n"),
    (".pgpass", "db.example.com:5432:orders:bob:", "hunter2", "\n"),
    ("curl -u", "curl -s -u 'bob:", "hunter2", "' https://example.com"),
    ("wget", "wget --http-user=bob --http-password=", "hunter2", " https://example.com"),
    ("httpie", "http -a bob:", "hunter2", " example.com"),
    ("docker login -p", "docker login -u bob -p ", "hunter2", " x.io"),
    ("redis-cli -a", "redis-cli -h cache -a ", "hunter2", " ping"),
    ("Dockerfile ENV", "ENV DB_PASSWORD ", "hunter2", "\n"),
    ("Maven settings", "<server><password>", "hunter2", "</password></server>"),
    ("XML attribute", '<datasource user="bob" password="', "hunter2", '"/>'),
    ("Kubernetes Secret", "kind: Secret\ndata:\n  db: ", "aHVudGVyMmh1bnRlcjI=", "\n"),
    ("YAML block scalar", "password: |\n  ", "hunter2", "\n"),
    ("service account JSON", '{"private_key": "-----BEGIN ' + 'PRIVATE KEY-----\\n', MIXED * 4,
     '\\n-----END ' + 'PRIVATE KEY-----\\n"}'),
    ("OpenSSH key", "-----BEGIN " + "OPENSSH PRIVATE KEY-----\n", MIXED * 4,
     "\n-----END " + "OPENSSH PRIVATE KEY-----"),
    ("PGP key", "-----BEGIN " + "PGP PRIVATE KEY BLOCK-----\n\n", MIXED * 4,
     "\n-----END " + "PGP PRIVATE KEY BLOCK-----"),
    ("PuTTY key", "PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 1\n", MIXED, "\n"),
    ("WireGuard", "[Interface]\nPrivateKey = ", MIXED[:43] + "=", "\n"),
    ("htpasswd", "bob:", "$apr1$" + MIXED[:8] + "$" + MIXED[:22], "\n"),
    ("/etc/shadow", "bob:", "$6$" + MIXED[:8] + "$" + MIXED + MIXED[:38], ":19000:0:::\n"),
    ("JDBC URL", "jdbc:mysql://db/orders?user=bob&password=", "hunter2", "&useSSL=true"),
    ("SQL IDENTIFIED BY", "CREATE USER bob IDENTIFIED BY '", "hunter2", "';"),
    ("SQL PASSWORD", "ALTER ROLE bob WITH PASSWORD '", "hunter2", "';"),
    ("libpq DSN", 'psql "host=db user=bob password=', "hunter2", ' dbname=orders"'),
    ("URL with a token as user", "git clone https://", MIXED[:40], "@example.com/x.git"),
    ("URL with / in the password", "postgres://bob:", "hun/ter2", "@db/orders"),
    ("Azure Service Bus", "Endpoint=sb://x/;SharedAccessKey=", MIXED[:43] + "=", ""),
    ("AMQP URL", "amqps://bob:", "hunter2", "@mq.example.com/vhost"),
    ("Teams webhook", "https://x.webhook.office.com/webhookb2/", UUID + "@" + UUID, ""),
    ("Zapier webhook", "https://hooks.zapier.com/hooks/catch/1234567/", LOWER[:7], "/"),
    ("otpauth URL", "otpauth://totp/x:bob?secret=", MIXED[:32].upper(), "&issuer=x"),
    ("presigned S3 URL", "https://example.com/k?X-Amz-Expires=60&X-Amz-Signature=", HEX, ""),
    ("Authorization: Digest", 'Authorization: Digest user="bob", response="', HEX[:32], '"'),
    ("X-Api-Key header", "curl -H 'X-Api-Key: ", MIXED[:32], "' https://example.com"),
    ("cookie by curl -b", "curl -b 'PHPSESSID=", LOWER[:26], "' https://example.com"),
    ("Set-Cookie header", "Set-Cookie: ", "sid=" + LOWER[:26], "; Path=/; HttpOnly"),
    ("percent-encoded form", "body: user%3Dbob%26password%3D", "hunter2", ""),
    ("base64 of a pair", "echo ", "cGFzc3dvcmQ9aHVudGVyMg==", " | base64 -d"),
    ("Ansible variable", "ansible_become_pass: ", "hunter2", "\n"),
    ("Helm --set", "helm install x --set auth.password=", "hunter2", ",image.tag=1"),
    ("kubectl literal", "kubectl create secret generic --from-literal=a=", "hunter2", ""),
    ("PHP define", "define('DB_PASSWORD', '", "hunter2", "');"),
    ("Java setter", 'source.setPassword("', "hunter2", '");'),
    ("Ruby hash", ":password => '", "hunter2", "', :port => 5432"),
    ("Go struct", 'Config{User: "bob", Password: "', "hunter2", '"}'),
    ("positional argument", 'connect("db", "bob", "', "hunter2", '")'),
    ("net use", "net use X: \\\\srv\\x /user:bob ", "hunter2", ""),
    ("PowerShell", "$env:DB_PASSWORD = '", "hunter2", "'"),
    ("Windows set", "set DB_PASSWORD=", "hunter2", "\r\n"),
    ("expect script", 'expect "assword:"\nsend "', "hunter2", '\\r"'),
    ("unquoted with ;", "DB_PASSWORD=", "hun;ter2x", "\n"),
]  # fmt: skip

# A variable as its vendor's or framework's documents name it.
VARIABLES = """
AZURE_DEVOPS_EXT_PAT OKTA_API_TOKEN SHOPIFY_ACCESS_TOKEN ATLASSIAN_API_TOKEN HEROKU_API_KEY
LINEAR_API_KEY POSTMAN_API_KEY GRAFANA_AUTH NEW_RELIC_LICENSE_KEY SQUARE_ACCESS_TOKEN
PAYPAL_CLIENT_SECRET CLOUDFLARE_API_TOKEN CF_API_KEY FASTLY_API_KEY ALGOLIA_ADMIN_KEY SENTRY_DSN
SENTRY_AUTH_TOKEN SNYK_TOKEN SONAR_TOKEN CIRCLE_TOKEN CARGO_REGISTRY_TOKEN GEM_HOST_API_KEY
DOCKER_AUTH_CONFIG TS_AUTHKEY DOPPLER_TOKEN NETLIFY_AUTH_TOKEN SUPABASE_SERVICE_ROLE_KEY
TF_TOKEN_app_terraform_io PULUMI_CONFIG_PASSPHRASE GROQ_API_KEY MAPBOX_ACCESS_TOKEN PLAID_SECRET
RAZORPAY_KEY_SECRET ALIBABA_CLOUD_ACCESS_KEY_SECRET TWITTER_BEARER RAILS_MASTER_KEY
DJANGO_SECRET_KEY NEXTAUTH_SECRET APP_KEY LDAP_BIND_PW RESTIC_PASSWORD ANSIBLE_VAULT_PASS
MINIO_ROOT_PASSWORD REDISCLI_AUTH RABBITMQ_DEFAULT_PASS ERLANG_COOKIE VAULT_UNSEAL_KEY
BORG_PASSPHRASE SSH_PRIVATE_KEY_B64 KUBECONFIG_DATA FIREBASE_TOKEN CODECOV_TOKEN SLACK_HOOK
"""

# Label, record, the secret in it.
IN_RECORDS: list[tuple[str, Any, str]] = [
    ("curl -u as a list", {"argv": ["curl", "-u", "bob:hunter2", "x.io"]}, "hunter2"),
    ("session id by name", {"sessionid": LOWER[:26]}, LOWER[:26]),
    ("secret as a key", {"hunter2-is-the-password": True}, "hunter2"),
    ("one-time code by name", {"otp": "482155"}, "482155"),
    ("two lists side by side", {"columns": ["password"], "row": ["hunter2"]}, "hunter2"),
    ("password as a number", {"password": 482155}, "482155"),
    ("credentials of a service", {"credentials": {"apiKey": "hunter2"}}, "hunter2"),
    ("environment as a dict", {"env": {"STRIPE_API_KEY": "hunter2"}}, "hunter2"),
    ("headers as pairs", {"headers": [["Authorization", "hunter2"]]}, "hunter2"),
    ("an answer to a question", {"question": "The password?", "answer": "hunter2"}, "hunter2"),
]

Outcome = tuple[str, str, str]


def outcomes() -> dict[str, list[Outcome]]:
    """For each group the label, the secret, and what was left of the text or record."""
    from agent_session.core.redaction import redact_json, redact_text

    return {
        "a token of a form that is not in the list, nothing beside it": [
            (label, token, redact_text(f"the tool printed {token} and stopped"))
            for label, token in TOKENS
        ],
        "a secret beside the variable that its maker names": [
            (f"`{name}`", MIXED[:40], redact_text(f"export {name}={MIXED[:40]}"))
            for name in VARIABLES.split()
        ],
        "in commands, code, configuration and prose": [
            (label, secret, redact_text(before + secret + after))
            for label, before, secret, after in IN_TEXT
        ],
        "in records": [
            (label, secret, json.dumps(redact_json(record)))
            for label, record, secret in IN_RECORDS
        ],
    }


def missed_of(group: list[Outcome]) -> list[str]:
    """Labels of those of which a half is left."""
    return [
        label
        for label, secret, left in group
        if secret[: len(secret) // 2] in left or secret[len(secret) // 2 :] in left
    ]


def measure() -> tuple[int, int, list[str]]:
    """How many are found, of how many, and the labels of those that are missed."""
    groups = outcomes().values()
    total = sum(len(group) for group in groups)
    missed = [label for group in groups for label in missed_of(group)]
    return total - len(missed), total, missed


def markdown() -> str:
    """The figures and the missed ones, as the documents show them."""
    found, total, _ = measure()
    lines = [
        f"Found: **{found} of {total}**.",
        "",
        "| where | found | missed |",
        "|---|---|---|",
    ]
    for name, group in outcomes().items():
        missed = missed_of(group)
        row = (name, f"{len(group) - len(missed)} of {len(group)}", ", ".join(missed))
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, os.path.join(here, "..", "..", "src"))
    sys.stdout.write(markdown())
