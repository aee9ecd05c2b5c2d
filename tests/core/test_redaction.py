"""What redaction takes out, what it leaves alone, and that it ends.

Every secret here is made up, and put together from parts so that no scanner takes it for real.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_session.core.redaction import redact_json, redact_text
from tests.core import redaction_heldout

ALNUM = "aB3dE5gH7jK9mN1pQ2sT4vW6xY8z" * 4
HEX = "0a1b2c3d4e5f60718293a4b5c6d7e8f9" * 4
KEY_LINES = ("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" + ALNUM[:32], ALNUM[32:96], ALNUM[5:37] + "==")
PEM_BEGIN, PEM_END = (
    "-----BEGIN " + "RSA PRIVATE KEY-----",
    "-----END " + "RSA PRIVATE KEY-----",
)
JWT = ".".join(("ey" + "JhbGciOiJIUzI1NiJ9", "ey" + "JzdWIiOiJib2IifQ", ALNUM[:43]))
DISCORD = "M" + "TA" + ALNUM[:21] + "." + ALNUM[3:9] + "." + ALNUM[:38]

# Kind, secret: found wherever they stand, whatever stands beside them.
SHAPES = [
    ("aws-access-key", "AK" + "IA" + "Q7ZT4NDR5LMX2WKP"),
    ("aws-access-key", "AS" + "IA" + "Q7ZT4NDR5LMX2WKP"),
    ("gcp-api-key", "AI" + "za" + "Sy" + ALNUM[:33]),
    ("gcp-oauth", "ya" + "29." + ALNUM[:60]),
    ("gcp-oauth", "GOC" + "SPX-" + ALNUM[:28]),
    ("azure-client-secret", "a1B" + "8Q" + "~" + ALNUM[:20] + "_-." + ALNUM[:11]),
    *(("github-token", "gh" + letter + "_" + ALNUM[:36]) for letter in "pousr"),
    ("github-token", "github" + "_pat_" + ALNUM[:22] + "_" + ALNUM[:59]),
    ("gitlab-token", "glp" + "at-" + ALNUM[:20]),
    ("gitlab-token", "glp" + "at-" + ALNUM[:27] + ".01." + HEX[:9]),
    ("gitlab-token", "gld" + "t-" + ALNUM[:20]),
    ("slack-token", "xo" + "xb-123456789012-123456789012-" + ALNUM[:24]),
    ("slack-token", "xo" + "xe.xoxp-1-" + ALNUM[:60]),
    ("slack-token", "xa" + "pp-1-A0123456789-1234567890123-" + HEX[:64]),
    *(("stripe-key", word + "_" + ALNUM[:24]) for word in ("sk_" + "live", "rk_" + "live")),
    ("stripe-key", "sk_" + "test_" + ALNUM[:24]),
    ("webhook-secret", "wh" + "sec_" + ALNUM[:32]),
    ("openai-key", "sk" + "-" + ALNUM[:48]),
    ("openai-key", "sk" + "-proj-" + ALNUM[:40] + "_-" + ALNUM[:40]),
    ("anthropic-key", "sk" + "-ant-api03-" + ALNUM[:90] + "-AA"),
    ("npm-token", "np" + "m_" + ALNUM[:36]),
    ("pypi-token", "py" + "pi-Ag" + "EIcHlwaS5vcmc" + ALNUM[:80]),
    ("huggingface-token", "h" + "f_" + ALNUM[:34]),
    ("twilio-key", "S" + "K" + HEX[:32]),
    ("sendgrid-key", "S" + "G." + ALNUM[:22] + "." + ALNUM[:43]),
    ("vault-token", "hv" + "s." + ALNUM[:90]),
    ("notion-token", "nt" + "n_" + ALNUM[:46]),
    ("notion-token", "secr" + "et_" + ALNUM[:43]),
    ("1password-token", "ops" + "_eyJ" + ALNUM[:100]),
    ("digitalocean-token", "do" + "p_v1_" + HEX[:64]),
    ("databricks-token", "da" + "pi" + HEX[:32]),
    ("mailgun-key", "ke" + "y-" + HEX[:32]),
    ("age-key", "AGE-SECRET" + "-KEY-1" + ALNUM[:58].upper()),
    ("telegram-token", "123456789" + ":AA" + ALNUM[:33]),
    ("discord-token", DISCORD),
    ("jwt", JWT),
    ("pem", "\n".join((PEM_BEGIN, *KEY_LINES, PEM_END))),
    ("pem", "\\n".join((PEM_BEGIN, *KEY_LINES, PEM_END))),
]

# What stands before the secret, the secret, what stands after it.
IN_CONTEXT = [
    ("PASSWORD=", "hunter2", " ./run"),
    ("export DB_PASSWORD='", "hunter 2", "'; ./run"),
    ("x\nMYSQL_PWD=", "hunter2", "\nUSER=bob"),
    ("PGPASSWORD=", "hunter2", " psql"),
    ("DB_PASS=", "hunter2", ""),
    ("pwd: ", "hunter2", ""),
    ("password: ", "Tr0ub4dor,3", ", user: bob"),
    ("deploy --password ", "hunter2", " --verbose"),
    ("deploy --api-key=", "abc123", " --verbose"),
    ('{"user": "bob", "password": "', 'hun\\"ter2', '", "port": 5432}'),
    ('"{\\"client_secret\\": \\"', "hunter2", '\\", \\"port\\": 5432}"'),
    ("{'apiKey': '", "abc123", "', 'port': 5432}"),
    ("config['access_token'] = '", "abc123", "'"),
    ('password = b"', "hunter2", '"'),
    ("API key: ", "abc123xyz", ""),
    ("the secret is there: `token: ", "abc123", "`"),
    ("cut off: {'token': '", "abc123", ""),
    ("log:\\nAPI_KEY=", "abc123", "\\nUSER=bob"),
    ("GET /x?access_token=", "abc123", "&page=2"),
    ("Server=db;User Id=app;Password=", "hun/ter2==", ";Database=x"),
    ("AccountName=x;Account" + "Key=", ALNUM[:86] + "==", ";EndpointSuffix=core"),
    ("https://x.blob.core/y?sv=2024&sig=", ALNUM[:40] + "%3D", "&se=1"),
    ("postgres://app:", "p@ss:word", "@db.example.com/orders"),
    ("redis://:", "hunter2", "@cache:6379/0"),
    ("git clone https://bob:", "1234", "@example.com/x.git"),
    ("curl -u bob:", "hunter2", " https://example.com"),
    ("curl https://example.com --user 'bob:", "hunter2", "'"),
    ("sshpass -p ", "hunter2", " ssh bob@example.com"),
    ("mysqldump -u root -p", "hunter2", " orders"),
    ("openssl rsa -passin pass:", "hunter2", " -in x"),
    ("curl -H 'Authorization: Bearer ", "abcdef", "' https://example.com"),
    ("Authorization: Basic ", "Ym9iOmh1bnRlcg==", ""),
    ("authorization=", "abc123", ""),
    ("sent bearer ", "abcdefghijklmnop1", " and got 200"),
    ("Cookie: ", "sid=abc123; theme=dark", "\nHost: x"),
    ("session_cookie=", "abc123", ""),
    ("aws_secret_access_key = ", ALNUM[:20] + "/+" + ALNUM[:18], ""),
    ("the secret access key is ", ALNUM[:20] + "/+" + ALNUM[:18], " now"),
    ("export DD_API_KEY=", HEX[:32], ""),
    ("datadog wants ", HEX[:40], " here"),
    ("vault login ", "s" + "." + ALNUM[:24], ""),
    ("POST https://hooks." + "slack.com/services/", "T012AB/B012AB/" + ALNUM[:24], ""),
    ("https://discord.com/api/webhooks/", "123456789012345678/" + ALNUM[:68], ""),
    ("-----BEGIN " + "PRIVATE KEY-----\n", "\n".join(KEY_LINES)[:-20], ""),
]

BENIGN = [
    "agent-20260108-180530-abc12345 asked ap-0123456789abcdef at 2026-01-08T18:05:30.000000Z",
    "sha256:" + HEX[:64] + " at commit " + HEX[:40] + " (" + HEX[:7] + ")",
    "123e4567-e89b-12d3-a456-426614174000, task-042, task-" + ALNUM[:40] + ", risk-" + HEX[:32],
    "1,234 tokens used; tokens: 1,234; max_tokens=4096; token_count: 12; tokens=12.5k",
    "edit secrets.tf: add a bucket; src/token.py:12: error; see docs/passwords.md",
    "token_file: /run/secrets/token, PWD=/srv/app, secret: ./secrets/db.json",
    "AWS_SECRET_ID=prod/db secretName: db-credentials api_key_id=main key: value",
    "--token-file token.txt --password-stdin --no-secrets all --tokens 4096",
    "password=$DB_PASSWORD token=${TOKEN} secret=$(cat x) token=`cat x y` --password $password",
    "token: ${{ secrets.GITHUB_TOKEN }}, secret: arn:aws:secretsmanager:eu:1:secret:x",
    "password: <your password>, token: {token}, api_key: ********, secret: xxxx, pwd: %s",
    "def login(password: str, token: Optional[str] = None, secret: bytes = b'') -> Token:",
    "login(password=password, token=self.token, secret=get_secret(), key=api_key)",
    "client = Client(token=config['token'], api_key=os.environ['API_KEY'])",
    "if token == 'end': Token::new(); let password: String = read()?; print('Password: ')",
    "secrets: none found. Password: required. Cookies: disabled. Token: expired yesterday.",
    "Token: a string that the server sends. Authorization: we need the CFO. Basic things.",
    "Bearer authentication is used; the bearer of this letter; Authorization: none",
    "permissions: id-token: write, secrets: inherit, credentials: include",
    "see https://example.com:8080/x@v1, git@example.com:x/y.git and ssh://git@example.com:22/x",
    "https://${USER}:${PASSWORD}@example.com and https://bob:<password>@example.com",
    "curl -u 1000:1000 x; docker run -u 1000:1000 image; mysql -u root -p orders",
    'grep -r "PRIVATE KEY" .; pip install sk-learn-extra; npm_config_registry; hf_hub_download',
    "s.somethingWithAVeryLongName in the vault; eyJhbGciOiJIUzI1NiJ9; -----BEGIN CERTIFICATE",
    "pk" + "_live_" + ALNUM[:24] + " is public, and AC" + HEX[:32] + " an account",
    "[redacted:token] and password=[redacted:password], \"token\": \"[redacted:jwt]\"",
    "Ordinary text: nothing to see, not even = or: a -flag with the word key, pass or secret.",
]  # fmt: skip

BENIGN_RECORD = {
    "tokens_used": 1234,
    "token_count": "1234",
    "max_tokens": "4096",
    "total_tokens": "12k",
    "password": None,
    "has_secret": True,
    "secret": False,
    "token": 17,
    "token_digest": HEX[:64],
    "secret_name": "db",
    "secret_path": "/run/x",
    "api_key_id": "main",
    "next_page_token": "abc",
    "credentials_file": "x.json",
    "password_policy": "strict",
    "cookie_domain": "example.com",
    "authorization": "approved",
    "secrets": "none",
    "connection_string": "",
    "public_key": "abc",
    "primary_key": "id",
    "author": "bob",
    "keyboard": "qwerty",
    "sacred": "cow",
    "value": "abc",
}

NAMED = [
    ("password", "password"), ("dbPassword", "password"), ("DB-PASSWD", "password"),
    ("user.pwd", "password"), ("smtp_pass", "password"), ("passphrase", "password"),
    ("secret", "secret"), ("clientSecret", "secret"), ("client_secret_2", "secret"),
    ("token", "token"), ("OAuthToken", "token"), ("authtoken", "token"), ("apikey", "api-key"),
    ("X-Api-Key", "api-key"), ("api key", "api-key"), ("AWSSecretAccessKey", "access-key"),
    ("accessKey", "access-key"), ("private_key", "private-key"), ("signingKey", "signing-key"),
    ("credentials", "credential"), ("Authorization", "authorization"),
    ("Set-Cookie", "cookie"), ("connectionString", "connection-string"),
    ("token_for_api", "token"), ("password_hash", "password"),
]  # fmt: skip

HOSTILE = [
    "a" * 262144, "password=" * 30000, "-----BEGIN " * 20000, "eyJ" * 80000, "://" * 80000,
    "-----BEGIN PRIVATE KEY-----" * 9000, "-----BEGIN PRIVATE KEY-----" + "a-" * 120000,
    "-eyJ" * 65000, "eyJaaaaaaaa-" * 22000, "://a:b" + "c" * 250000, "://aaaaaaaaa:" * 20000,
    "password='" * 25000, 'password="\\' * 24000, 'password="' + "\\" * 250001,
    "password=\\\"a password=\\\\\"b password='c password=\"d password=`e " * 4000,
    "password=" + "\\" * 250000, "password=" + "[redacted:x]" * 20000 + "y",
    "--password " * 24000, "password" + " " * 250000, "token=" + ",a" * 125000,
    "cookie: a=" * 25000, "cookie: a=" + ";a" * 125000, "authorization: bearer " * 12000,
    "curl -u a" * 28000, "mysql -" * 37000, "bearer " * 37000, "datadog" * 37000,
    "secret key " * 24000, "task-" * 52000, " sk-" * 65000, "SG." * 87000, "8Q~" * 87000,
    "xoxb-" * 52000, "api key: " * 29000, "." * 262144, "MT" * 131000 + "..",
    "postgres://app:PGPASSWORD=" * 9000, "session_cookie=redis://:abc" * 9000,
    "sig=key[redacted:token]" * 11000, "redis://:" + "p@ss:word" * 28000,
    "token=" + ": " * 99999,
    "".join(secret for _, secret in SHAPES) * 40, *(secret * 99 for _, secret in SHAPES),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "secret"), SHAPES)
def test_a_secret_of_known_shape_is_replaced_in_running_text(kind: str, secret: str) -> None:
    text = f"the tool printed {secret} and stopped"

    assert redact_text(text) == f"the tool printed [redacted:{kind}] and stopped"


@pytest.mark.parametrize(("kind", "secret"), SHAPES)
def test_a_secret_of_known_shape_is_replaced_inside_nested_json(kind: str, secret: str) -> None:
    record: Any = {"steps": [{"output": ["ok", f"<{secret}>", 3]}], "note": "kept"}

    expected = {"steps": [{"output": ["ok", f"<[redacted:{kind}]>", 3]}], "note": "kept"}
    assert redact_json(record) == expected


@pytest.mark.parametrize(("before", "secret", "after"), IN_CONTEXT)
def test_a_secret_goes_and_what_stands_around_it_stays(
    before: str, secret: str, after: str
) -> None:
    redacted = redact_text(before + secret + after)

    assert secret not in redacted
    assert redacted.endswith(f"]{after}")
    assert redacted.startswith((before, "[redacted:pem]"))


@pytest.mark.parametrize("text", BENIGN)
def test_ordinary_text_is_the_same_object_afterwards(text: str) -> None:
    assert redact_text(text) is text


def test_an_ordinary_record_is_the_same_object_afterwards() -> None:
    record: Any = {"record": BENIGN_RECORD, "list": [BENIGN_RECORD, [], {}, BENIGN]}

    assert redact_json(record) is record


@pytest.mark.parametrize(("name", "kind"), NAMED)
def test_a_string_under_a_telling_name_is_replaced_whatever_it_is(name: str, kind: str) -> None:
    assert redact_json({name: "correct horse", "n": 1}) == {name: f"[redacted:{kind}]", "n": 1}


def test_what_is_nested_under_a_telling_name_is_replaced_but_for_names_and_places() -> None:
    secrets: Any = {"secrets": {"db": "abc", "host": "example.com", "list": ["def", 3, None]}}

    redacted = redact_json(secrets)

    inside = ["[redacted:secret]", 3, None]
    assert redacted == {"secrets": {"db": inside[0], "host": "example.com", "list": inside}}


def test_a_value_is_replaced_where_the_name_beside_it_tells() -> None:
    env: Any = [{"name": "DB_PASSWORD", "value": "abc"}, {"name": "DB_HOST", "value": "abc"}]

    assert redact_json(env) == [{"name": "DB_PASSWORD", "value": "[redacted:password]"}, env[1]]


def test_the_argument_after_a_telling_flag_is_replaced() -> None:
    argv: Any = ["deploy", "--password", "abc", "--token", "--force", "--secret=abc", "abc"]

    redacted = redact_json(argv)

    assert redacted == [
        "deploy", "--password", "[redacted:password]", "--token", "--force",
        "--secret=[redacted:secret]", "abc",
    ]  # fmt: skip


def test_a_url_under_a_telling_name_loses_only_its_password() -> None:
    record: Any = {"connection_string": "postgres://app:hunter2@db/orders"}

    url = "postgres://app:[redacted:url-credentials]@db/orders"
    assert redact_json(record) == {"connection_string": url}


def test_the_record_given_is_not_changed() -> None:
    record: Any = {"a": [{"token": "abc"}], "b": {"c": 1}}

    redacted: Any = redact_json(record)

    assert record == {"a": [{"token": "abc"}], "b": {"c": 1}}
    assert redacted["b"] is record["b"]


def test_a_key_that_is_no_string_is_left_to_the_checks_of_the_record() -> None:
    record: Any = {1: "abc", None: {2: "abc"}}

    assert redact_json(record) is record


def test_nesting_without_end_is_cut_off() -> None:
    deep: Any = "abc"
    for _ in range(5000):
        deep = [deep]

    assert "[redacted:too-deep]" in json.dumps(redact_json(deep))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_comes_to_an_end_and_stays_as_it_came_out(text: str) -> None:
    redacted = redact_text(text)

    assert redacted == redact_text(redacted)


FRAGMENTS = [
    *(secret for _, secret in SHAPES), *(word for three in IN_CONTEXT for word in three),
    "password", "token", "api key", "Authorization", "Cookie", "--secret", "[redacted:token]",
    "[redacted:", "]", "=", ": ", '"', "'", "`", "\\", "\\n", "\n", " ", ",", ";", "{", "$",
]  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=9)), max_size=9)


@settings(deadline=None)
@given(TEXTS.map("".join))
def test_redacting_text_twice_changes_nothing_more(text: str) -> None:
    once = redact_text(text)

    assert redact_text(once) is once


@settings(deadline=None)
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), TEXTS.map("".join)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(st.sampled_from(["token", "secrets", "name", "value", "x"]), inner),
        ),
        max_leaves=12,
    )
)
def test_redacting_json_twice_changes_nothing_more(record: Any) -> None:
    once = redact_json(record)

    assert redact_json(once) is once


@settings(deadline=None)
@given(st.recursive(st.booleans() | st.integers() | st.floats() | st.none(), st.lists))
def test_numbers_booleans_and_null_always_stay(value: Any) -> None:
    record = {"password": value, "secrets": {"x": value}}

    assert redact_json(record) is record


def test_a_marker_tells_nothing_of_the_secret() -> None:
    assert redact_text("password=hunter2") == redact_text("password=correct-horse")


def test_re_is_loaded_only_where_there_may_be_a_secret() -> None:
    program = f"""
import sys
from agent_session.core.redaction import redact_json
redact_json({{"task": "task-0042: all tests passed", "sha": "{HEX[:64]}"}})
assert "re" not in sys.modules
redact_json({{"password": "abc"}})
assert "re" in sys.modules
"""
    source = os.path.join(os.path.dirname(__file__), "..", "..", "src")

    environment = {"PYTHONPATH": os.path.abspath(source)}
    subprocess.run([sys.executable, "-S", "-c", program], check=True, env=environment)


def test_the_held_out_figure_in_the_documents_is_the_measured_one() -> None:
    path = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "redaction.md")
    with open(path, encoding="utf-8") as file:
        document = file.read()

    begin, end = "<!-- heldout:begin -->\n", "<!-- heldout:end -->"
    assert document.partition(begin)[2].partition(end)[0] == redaction_heldout.markdown()
