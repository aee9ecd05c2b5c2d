"""Takes secrets out of text and JSON before they are written; reduces, and does not guarantee.

A string goes for one of two reasons: the *name* beside it says that it is a secret (`password`,
`api_key`), or its *shape* does (`ghp_...`, a PEM block). How random it looks is never a reason:
digests, ids and commit hashes are what these records are made of.

Two laws bind every pattern. Time is linear: a repetition is short, or nothing after it can fail
more than once, or it begins only where the run before it ended. And `re` is imported only after
a plain look for a hint, because hooks load this module.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

    JsonValue = dict[str, "JsonValue"] | list["JsonValue"] | str | int | float | bool | None


def redact_text(text: str) -> str:
    """Replace every secret in *text* by `[redacted:<kind>]`; the same object if it has none."""
    for _ in range(_MOST_PASSES):  # pragma: no branch - fuzzing saw three at most
        redacted = _redact_once(text)
        if redacted == text:
            break
        text = redacted
    return text


def redact_json(value: JsonValue) -> JsonValue:
    """Redact strings by shape and by the name of their key; all else stays, the keys too."""
    return _redact_value(value, None, 0)


# A replaced secret can uncover its neighbour, so text is read again until nothing changes.
_MOST_PASSES, _DEEPEST, _LONGEST_NAME, _LONGEST_PLAIN = 8, 200, 200, 256
_MARKER = r"\[redacted:[a-z0-9-]{1,40}\]"


def _split(words: str) -> tuple[str, ...]:
    return tuple(words.split())


# Which word names a secret; and which, before or after it, only something about one.
_NAME_HINTS = _split(
    "passw passc passp _pass -pass bpass rpass lpass ppass pwd secret token key cred "
    "authorization cookie connection"
)
_KEYS_OF = _split(
    "api access private secret signing encryption account shared master auth app application "
    "license subscription admin"
)
# How a name ends, its seams taken out: `dbPassword`, `PGPASSWORD`, `api-key`, `authtoken`.
_SECRET_ENDINGS = {
    **dict.fromkeys(_split("password passwords passwd passcode passphrase pwd"), "password"),
    **dict.fromkeys(_split("credential credentials creds"), "credential"),
    **dict.fromkeys(_split("secret secrets"), "secret"),
    **dict.fromkeys(_split("token tokens"), "token"),
    **dict.fromkeys(_split("cookie cookies"), "cookie"),
    **{of + key: f"{of}-key" for of in _KEYS_OF for key in ("key", "keys")},
    **{of + "pass": "password" for of in _split("db user smtp ftp mail mysql")},
    "authorization": "authorization",
    "connectionstring": "connection-string",
}
_ENDINGS = tuple(_SECRET_ENDINGS)
_NO_SECRET_FIRST = _split(
    "has is use uses needs need requires require no missing max min num number total n count "
    "input output prompt completion cached reasoning public publishable next page continuation "
    "sync eos bos pad unk stop special mask redact scan detect check rotate allow show hide"
)
_NO_SECRET_LAST = frozenset(_split(
    "file files filename path paths dir directory folder name names id ids arn ref refs uri "
    "url urls reference endpoint location mount env var vars variable store vault manager "
    "provider source bucket backend host hostname port user username login email account "
    "project region zone service domain link title label tag tags field column prefix suffix "
    "stdin issuer audience subject scope scopes model py go js ts tsx jsx rs rb java kt cpp "
    "cs php sh tf tfvars json yaml yml toml md txt ini cfg conf lock sql html css xml count "
    "counts used usage limit limits budget length len size total max min ttl expiry expires "
    "expired expiration age at by on since until lifetime cost price rate window position "
    "index number remaining type kind class format encoding algorithm alg digest fingerprint "
    "checksum sha version status state policy policies required enabled disabled present "
    "exists valid invalid hint schema strategy method mode rotation rotated refresh reset "
    "scan scanning scanner detection check checks checked changed found result results report "
    "consent banner secure samesite note notes message reason summary comment description"
))  # fmt: skip


def _words(name: str) -> list[str]:
    """*name* cut at capitals, `_`, `-`, `.` and the like, in lower case, without digits."""
    cut = ""
    for at, char in enumerate(name):
        before, after = name[at - 1 : at] if at else "", name[at + 1 : at + 2]
        if char.isupper() and (before.islower() or (before.isupper() and after.islower())):
            cut += " "
        cut += char if char.isalpha() else " "
    return cut.lower().split()


def _kind_of_name(name: str) -> str | None:
    """What secret *name* names, if any: `db_password` does, `token_count` does not."""
    name = name[-_LONGEST_NAME:]
    if "[redacted:" in name or not any(hint in name.lower() for hint in _NAME_HINTS):
        return None
    words = _words(name)
    for place in range(len(words) - 1, -1, -1):
        pair = "".join(words[max(0, place - 1) : place + 1])
        if pair.endswith(_ENDINGS):
            kind = next(kind for end, kind in _SECRET_ENDINGS.items() if pair.endswith(end))
            return None if _tells_of_a_secret(words, place, kind) else kind
    return None


def _tells_of_a_secret(words: list[str], place: int, kind: str) -> bool:
    after = words[place + 1 :]
    if after == ["hash"]:
        return kind != "password"  # a password can be guessed from its hash, a token cannot
    tells = bool(place) and words[0] in _NO_SECRET_FIRST
    return tells or bool(after and not _NO_SECRET_LAST.isdisjoint((after[0], after[-1])))


# What is no secret, whatever its name says.
_PLAIN_WORDS = _split(
    "none option options flag null nil true false yes no on off ok n/a na todo tbd unset "
    "undefined empty missing any present absent required optional enabled disabled valid "
    "invalid expired revoked rotated new expected changed unchanged found set unknown default "
    "inherit read write granted denied approved omit rejected pending str string bytes bool "
    "boolean int integer number float object secretstr list dict vec promise union include "
    "same-origin redacted hidden masked %s %r %d %v self await return const let bearer basic "
    "must should may can will would is are was were be has have do does not never only also "
    "such in from for of by at as with without into the a an this that these those it its "
    "they we you i all each every some both and or but to if when while where who what which "
    "how why see use used using then than there because so until after before"
)
_FILLER = frozenset("*xX.\u2022-#_?$")
_QUANTITY = frozenset("0123456789.,_ %/+-kKmM")
_REFERENCES = _split(
    "${ $( {{ %( $env: op:// arn: vault: env: ssm: file: projects/ id= ~/ ./ ../ os. process. "
    "env. self. this. config. settings. secrets. var. local. data."
)
_FILES = _split(".json .yaml .yml .toml .tf .tfvars .env .txt .pem .key .crt .ini .cfg .py .md")
# Markers, `$NAME`, `$db_token`, `%NAME%`, `<name>`, `{name}`, paths.
_PLAIN_SHAPE = (
    rf"(?:{_MARKER}){{1,64}}|\$(?:[A-Z_]\w{{0,80}}|[a-z]+(?:_[a-z]+){{1,9}}|password|token)"
    r"|%[A-Z_]\w{0,80}%|<[^<>]*>|\{[^{}]*\}|(?:/[A-Za-z.][\w.:-]{0,255}){2,64}/?"
)
_PLAIN_PASSWORD = rf"{_PLAIN_SHAPE}|/[\w.-]{{0,255}}"  # PWD names a folder


def _is_plain(value: str, kind: str) -> bool:
    """Whether *value* is a word, a quantity, a place or a marker, and not the secret itself."""
    bare = value.strip()
    word = bare.strip("<>[]{}.!?").partition("[")[0].lower()
    if word in _PLAIN_WORDS or (_FILLER.issuperset(bare) and bare not in ("x", "X")):
        return True
    if _QUANTITY.issuperset(bare) and kind not in ("password", "url-credentials"):
        return kind == "token" or len(bare) <= 4
    if bare.startswith(_REFERENCES) or bare.endswith(_FILES) or "://" in bare[:24]:
        return True
    shape = _PLAIN_PASSWORD if kind == "password" else _PLAIN_SHAPE
    return _compiled(shape).fullmatch(bare) is not None


# Escapes and percent codes end in a letter or digit that is no part of the word after it.
_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))"
# From the vendors' published formats: kind, how it begins, how it goes on.
_TOKENS = (
    ("aws-access-key", "AKIA ASIA ABIA ACCA", r"[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("gcp-api-key", "AIza", r"[\w-]{35,}"),
    ("gcp-oauth", "ya29. GOCSPX- 1//0", r"[\w-]{20,}"),
    ("github-token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"\w{30,}"),
    ("gitlab-token", "glpat- gldt- glrt- glrtr- glcbt- glptt- glft- glagent- gloas- glsoat-",
     r"[\w-]{16,}(?:\.[\w-]{2,}){0,2}"),
    ("slack-token", "xox xapp-", r"[a-z]?[\w.%]{0,9}-[\w.%-]{10,}"),
    ("stripe-key", "sk_live_ sk_test_ rk_live_ rk_test_", r"[A-Za-z0-9]{10,}"),
    ("webhook-secret", "whsec_", r"[A-Za-z0-9+/=]{16,}"),
    ("anthropic-key", "sk-ant-", r"[\w-]{16,}"),
    ("openai-key", "sk-", r"(?:(?:proj|svcacct|admin|None|or-v1)-[\w-]{16,}|[A-Za-z0-9]{20,})"),
    ("npm-token", "npm_", r"[A-Za-z0-9]{30,}"),
    ("pypi-token", "pypi-Ag", r"[\w-]{30,}"),
    ("huggingface-token", "hf_ api_org_", r"[A-Za-z0-9]{30,}"),
    ("twilio-key", "SK", r"[0-9a-f]{32}(?![A-Za-z0-9])"),
    ("sendgrid-key", "SG.", r"[\w-]{16,32}\.[\w-]{30,}"),
    ("vault-token", "hvs. hvb. hvr.", r"[\w-]{20,}"),
    ("notion-token", "secret_ ntn_", r"[A-Za-z0-9]{40,}"),
    ("1password-token", "ops_eyJ", r"[\w=-]{30,}"),
    ("digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", r"[0-9a-f]{40,}"),
    ("databricks-token", "dapi", r"[0-9a-f]{32}(?:-\d)?(?![A-Za-z0-9])"),
    ("mailgun-key", "key-", r"[0-9a-f]{32}(?![A-Za-z0-9])"),
    ("age-key", "AGE-SECRET-KEY-1", r"[A-Z0-9]{40,}"),
)  # fmt: skip
# To the end of the word, so that no token behind it is uncovered.
_PREFIXED = tuple(
    (begin, kind, rf"{_START}(?:{begins.replace('.', '[.]').replace(' ', '|')}){body}[^\W_]*")
    for kind, begins, body in _TOKENS
    for begin in _split(begins)
)
_PEM_NAME = r"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_PEM_BREAK = r"(?:\s|\\{1,4}[nr]){0,9}"
# Whole; or cut off, and then as far as it still looks like a key.
_PEM = (
    rf"-----BEGIN {_PEM_NAME}(?:"
    rf"(?:[^-]{{0,9999}}-(?!----)){{0,9}}[^-]{{0,20000}}-----END {_PEM_NAME}"
    rf"|(?:{_PEM_BREAK}(?:[A-Za-z-]{{4,20}}: [^\n\\]{{0,99}}|[A-Za-z0-9+/=]{{16,}}))*"
    rf"(?:{_PEM_BREAK}[A-Za-z0-9+/=]{{1,15}}{_PEM_BREAK}\Z)?)"
)
# Kind, hints (in lower case; one must occur), pattern; the group `s`, if any, is the secret.
_SHAPES = (
    ("pem", "private", _PEM),
    ("url-credentials", "://", r"://[^\s/:@\"'`<>]{0,128}:(?P<s>[^\s/\"'`<>]+)@"),
    ("jwt", "eyj", r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*){1,3}"),
    ("azure-client-secret", "q~", r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~-])"),
    ("url-signature", "sig= signature=",
     r"(?<![\w-])(?:sig|[Xx]-(?:[Aa]mz|[Gg]oog)-[Ss]ignature)=(?P<s>[\w%/+=.-]{20,})"),
    ("webhook-url", "hooks.slack.com/ /api/webhooks/",
     r"(?:hooks\.slack\.com/[a-z]{1,20}|com/api/webhooks)/(?P<s>[\w/-]{20,})"),
    ("telegram-token", ":aa", r"(?<![\w-])\d{6,12}:AA[\w-]{30,36}(?![\w-])"),
    ("vault-token", "vault", r"(?<![\w.])s\.(?=[A-Za-z]{0,23}\d)[A-Za-z0-9]{24}(?!\w)"),
    ("datadog-key", "datadog", r"(?i)datadog[^\n]{0,60}?\b(?P<s>[0-9a-f]{40}|[0-9a-f]{32})\b"),
    ("aws-secret-key", "secret",
     r"(?i)secret[ _-]?(?:access[ _-]?)?key\W{1,6}(?:is\W{1,4})?(?P<s>[\w/+]{40})(?![\w/+=])"),
    ("bearer", "bearer", r"(?i)\bbearer[ \t]{1,3}(?P<s>(?=[^\s\"']{0,256}\d)[\w.~+/=-]{16,})"),
    ("password", "curl",
     r"\s(?:-u|-U|--user|--proxy-user)[ =]{0,2}[\"']?(?!\d+:\d+\b)[^\s:\"']{1,128}:"
     r"(?P<s>[^\s\"']+)"),
    ("password", "sshpass mysql pass:",
     r"(?:sshpass\s{1,4}-p\s{0,4}|mysql[^\n|;]{0,120}?\s-p|-pass(?:in|out)?\s{1,4}pass:)"
     r"[\"']?(?P<s>[^\s\"']+)"),
)  # fmt: skip
_HINTED = tuple((hint, kind, pat) for kind, hints, pat in _SHAPES for hint in _split(hints))
# Without a hint but its length.
_DISCORD = r"(?<![\w.-])[MNO][DTjz][\w-]{21,27}\.[\w-]{6,7}\.[\w-]{27,45}(?![\w-])"

_COMPILED: dict[str, re.Pattern[str]] = {}


def _compiled(pattern: str) -> re.Pattern[str]:
    if pattern not in _COMPILED:
        import re

        _COMPILED[pattern] = re.compile(pattern, re.ASCII)
    return _COMPILED[pattern]


def _begins_a_word(text: str, prefix: str) -> bool:
    """Whether *prefix* occurs as more than the end of a word: not the `sk-` of `task-`."""
    at = text.find(prefix)
    while at >= 0:
        before = text[max(0, at - 3) : at]
        if not before[-1:].isalnum() or "\\" in before or "%" in before:
            return True
        at = text.find(prefix, at + 1)
    return False


def _replace(text: str, kind: str, pattern: str) -> str:
    def hide(match: re.Match[str]) -> str:
        if "s" not in match.re.groupindex:
            return f"[redacted:{kind}]"
        if _is_plain(match["s"], kind):
            return match[0]
        before = match.string[match.start() : match.start("s")]
        return f"{before}[redacted:{kind}]{match.string[match.end('s') : match.end()]}"

    return _compiled(pattern).sub(hide, text)


def _redact_once(text: str) -> str:
    lowered = text.lower()
    found = [(kind, pattern) for hint, kind, pattern in _HINTED if hint in lowered]
    for begin, kind, pattern in _PREFIXED:
        if begin in text and _begins_a_word(text, begin):
            found.append((kind, pattern))
    if any(len(word) > 55 and word.count(".") > 1 for word in text.split()):
        found.append(("discord-token", _DISCORD))
    for kind, pattern in dict.fromkeys(found):
        text = _replace(text, kind, pattern)
    if any(hint in lowered for hint in _NAME_HINTS) and any(mark in text for mark in _MARKS):
        text = _redact_pairs(text)
    return text


# Names with their values in text: `NAME=value`, `"name": "value"`, `--name value`.
_MARKS = ("=", ":", "--", " -")
_NAME = (
    r"(?:(?<![\w.\\-])(?<!\[redacted:)|(?<=\\[nrt]))(?:"
    r"--?(?P<flag>[A-Za-z][\w.-]{1,60})[ \t]{1,4}(?=[^\s-])"
    r"|-{0,2}(?P<name>[A-Za-z_][\w.-]{0,80})(?:\\{0,3}[\"'`])?\]?"
    r"[ \t]{0,32}(?:=>|:=|=(?!=)|:(?!:))[ \t]{0,32}(?:[rbfu$@]{1,2}(?=[\"']))?)"
)
# What ends an unquoted value may stand inside it where the value clearly goes on.
_BARE = (
    r"[^\s\"'`,;&|<>()\]}\\]|[)\]}](?=[\w!@#$%^*])|\\(?![nrtu\"'\\])"
    r"|,(?![\s\"']|$|[\w-]{1,32}[\"']?\s?[=:])"
)
_OPENS = r"(?!\s|[,)+;%\]}]{1,3}(?:\s|$))"  # and does not close a text such as "token: "
_VALUE = (
    rf"\"{_OPENS}(?P<double>[^\"\\]*(?:\\[\s\S][^\"\\]*)*)\""
    rf"|'{_OPENS}(?P<single>[^'\\]*(?:\\[\s\S][^'\\]*)*)'|`(?P<ticks>[^`\s]*)`"
    r"|(?P<open>\\{1,3}[\"'])(?P<escaped>[\s\S]*?)(?<!\\)(?P=open)"
    rf"|\\{{0,3}}[\"']{_OPENS}(?P<cut>[^\n\"']+)"
    rf"|(?P<bare>(?:{_MARKER}|(?![\[{{])(?:{_BARE}))(?:{_MARKER}|{_BARE})*)"
)
_VALUES_OF_KIND = {
    "authorization": r"(?i)(?:\\{0,3}[\"'`])?(?:bearer|basic|token|apikey|bot)[ \t]{1,3}"
    r"(?P<s>[^\s\"'`,\\]{4,})",
    "cookie": r"(?P<s>[^\s=;,\"'`]{1,128}=[^\s;,\"'`]*"
    r"(?:;[ \t]?[^\s=;,\"'`]{1,128}(?:=[^;\n\"'`]*)?)*)",
}


def _redact_pairs(text: str) -> str:
    names = _compiled(_NAME)
    kinds: dict[str, str | None] = {}
    pieces: list[str] = []
    at = done = 0
    while match := names.search(text, at):
        at, name = match.end(), _full_name(match)
        if name not in kinds:
            kinds[name] = _kind_of_name(name)
        if (kind := kinds[name]) and (span := _secret_span(text, at, name, kind)):
            pieces += (text[done : span[0]], f"[redacted:{kind}]")
            at = done = span[1]
    return "".join((*pieces, text[done:]))


def _full_name(match: re.Match[str]) -> str:
    """The name found, with the word before it where a name can be two words: `API key: ...`."""
    name = match["flag"] or match["name"]
    if name.lower() not in ("key", "keys", "string"):
        return name
    before = match.string[max(0, match.start() - 24) : match.start()].split()[-1:]
    return " ".join((*(word for word in before if word.strip("\"'`").isalpha()), name))


def _secret_span(text: str, at: int, name: str, kind: str) -> tuple[int, int] | None:
    """Where the secret of *kind* stands that a name before *at* promises."""
    pattern = _compiled(_VALUES_OF_KIND.get(kind, _VALUE))
    match = pattern.match(text, at) or _compiled(_VALUE).match(text, at)
    if not match:
        return None
    group = match.lastgroup or "bare"
    value = match[group]
    is_code = group == "bare" and _is_code(name, value, text[match.end() : match.end() + 1])
    is_plain = is_code or _is_plain(value, "" if group == "s" else kind)
    # What stays is read again for names inside it, so only a short value may stay.
    return None if is_plain and len(value) <= _LONGEST_PLAIN else match.span(group)


def _is_code(name: str, value: str, after: str) -> bool:
    """Whether a bare value is a call, an item or a variable: `get_token()`, `db_password`."""
    head, bracket, _ = value.partition("[")
    if not head.replace(".", "_").isidentifier():
        return False
    if after == "(" or bracket or len(value) == 1 or name.lower().endswith(value.lower()):
        return True
    return len(_words(value)) > 1 and _kind_of_name(value) is not None


def _redact_value(value: JsonValue, kind: str | None, depth: int) -> JsonValue:
    if isinstance(value, str):
        secret = kind and not _is_plain(value, kind)
        return f"[redacted:{kind}]" if secret else redact_text(value)
    if isinstance(value, (dict, list)) and depth > _DEEPEST:
        return "[redacted:too-deep]"
    if isinstance(value, dict):
        return _redact_dict(value, kind, depth + 1)
    return _redact_list(value, kind, depth + 1) if isinstance(value, list) else value


def _redact_dict(value: dict[str, JsonValue], kind: str | None, depth: int) -> JsonValue:
    changed: dict[str, JsonValue] = {}
    for key, old in value.items():
        new = _redact_value(old, _kind_of_entry(value, key, kind), depth)
        if new is not old:
            changed[key] = new
    return {**value, **changed} if changed else value


def _kind_of_entry(entries: dict[str, JsonValue], key: str, outer: str | None) -> str | None:
    """What *key* holds: by its name, by the `name` beside a `value`, or by the key outside."""
    name = str(key)
    if name.lower() == "value":
        named = (str(entries[at]) for at in ("name", "Name", "key", "Key") if at in entries)
        name = next(named, name)
    inherits = outer and _NO_SECRET_LAST.isdisjoint(_words(name)[-1:])
    return _kind_of_name(name) or (outer if inherits else None)


def _redact_list(value: list[JsonValue], kind: str | None, depth: int) -> JsonValue:
    """Each item; one after a flag such as `--password` is its value, as in an argument list."""
    items: list[JsonValue] = []
    flagged: str | None = None
    for old in value:
        flag = old if isinstance(old, str) and old.startswith("-") else ""
        items.append(_redact_value(old, kind if flag else flagged or kind, depth))
        flagged = _kind_of_name(flag) if flag.replace("-", "_").isidentifier() else None
    changed = any(new is not old for new, old in zip(items, value, strict=True))
    return items if changed else value
