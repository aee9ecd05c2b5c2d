"""stub"""


def markdown() -> str:
    return ""
