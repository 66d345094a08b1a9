"""What PowerShell has and this language does not: for each a sentence that says why, and what to do instead.

A refusal that only says "unexpected token" teaches nothing. Whoever wrote `&&` or `==` meant something, and can be
told how it is written here.
"""

import re

from gatepost.mail import visible

# Words that begin a statement in PowerShell. `{}` is the word as it was written.
STATEMENTS = {
    **dict.fromkeys(
        ("function", "filter"),
        "Functions cannot be defined here: a script runs from top to bottom. "
        "Remedy: write the steps where they are needed, or loop over them with foreach.",
    ),
    "switch": "There is no switch here. Remedy: write if (…) {{ … }} elseif (…) {{ … }} else {{ … }}.",
    **dict.fromkeys(
        ("class", "enum", "interface"),
        "Types cannot be defined here. Remedy: make objects with [pscustomobject]@{{ Name = 'value' }}.",
    ),
    **dict.fromkeys(
        ("begin", "process", "end", "dynamicparam", "clean"),
        "'{}' blocks belong to functions, which cannot be defined here. "
        "Remedy: write the statements themselves; for each object use ForEach-Object {{ … }}.",
    ),
    "trap": "There is no trap here. Remedy: use try {{ … }} catch {{ … }}.",
    "using": "Nothing is imported here: all cmdlets and types are there already. "
    "Remedy: delete this line, and write the full names of types.",
    "data": "There are no data sections here. Remedy: assign the values to a variable.",
    **dict.fromkeys(
        ("workflow", "parallel", "sequence", "inlinescript", "configuration", "static", "hidden"),
        "'{}' belongs to workflows and configurations, which are not run here. Remedy: write its statements.",
    ),
    **dict.fromkeys(("define", "from", "var"), "'{}' is a reserved word of PowerShell. Remedy: write it in quotes."),
    "param": "param( … ) is understood only at the beginning of the script. "
    "Remedy: move it to the top; script blocks take no parameters, they see the script's variables.",
    **dict.fromkeys(("else", "elseif"), "'{}' has no if before it. Remedy: put it directly behind the }} of an if."),
    **dict.fromkeys(("catch", "finally"), "'{}' has no try before it. Remedy: put it directly behind the }} of a try."),
    "until": "'{}' has no do before it. Remedy: put it directly behind the }} of a do.",
    "in": "'{}' stands outside of a foreach. Remedy: write foreach ($item in $list) {{ … }}.",
}

# Operators of PowerShell that this language leaves out, by name.
OPERATORS = {
    **dict.fromkeys(
        ("band", "bor", "bxor", "bnot", "shl", "shr"),
        "Operators on bits are not understood here. Remedy: compare the values themselves.",
    ),
    "as": "'-as' is not understood here. Remedy: write the type before the value, as in [int]$value.",
}

_UNEXPECTED = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"&&|\|\|", "'{}' chains programs by their exit codes, and none are run here. "
            "Remedy: write two statements, and test $? with if between them; or in a condition use -and and -or."),
        (r"&", "'&' calls a program or a script block, or sends work to the background, and only cmdlets are run here. "
            "Remedy: write the cmdlet's name without it; for an & in a text use quotes."),
        (r"\.(?=[\s'\"$])", "A dot here would run another script inside this one, and only cmdlets are run here. "
            "Remedy: put that script's text into this one."),
        (r"\?\?=?|\?[.\[]|\?(?=\s)", "'{}' is not understood here. "
            "Remedy: write if (…) {{ … }} else {{ … }}."),
        (r"===?", "'{}' does not compare. Remedy: write -eq."),
        (r"!=", "'!=' does not compare. Remedy: write -ne."),
        (r"=", "A value can be given only to a variable, its properties and its elements. "
            "Remedy: write one of these before the =, as in $name = …; to compare, write -eq."),
        (r"[-–—*/%+]=", "'{}' can change only a variable, its properties and its elements. "
            "Remedy: write one of these before it."),
        (r"[*1-6]?>{1,2}(?:&1)?", "'{}' would write to a file or to another stream; only $null can stand behind it. "
            "Remedy: use Export-Csv for files; to compare, write -gt or -ge."),
        (r"<", "'<' is not used in PowerShell. Remedy: put a text with it into quotes; to compare, write -lt or -le."),
        (r"\|", "A | stands here with nothing before it. Remedy: write the command whose output it should pass on."),
        (r"[)}\]]", "Something is missing before this {}. Remedy: write the value or command that belongs there."),
        (r",", "A comma stands here with no value before it. Remedy: write the value, or delete the comma."),
        (r";", "A ; ends a statement, and this one is not complete. Remedy: complete it, or for several "
            "statements as one value write $( … )."),
        (r"[\r\n]", "The line ends before its statement does. Remedy: complete it; a line goes on behind a comma, "
            "an operator, a | or a backtick."),
        (r"::?", "'{}' stands only directly behind a type, as in [System.Net.Mail.SmtpClient]::new(). "
            "Remedy: write the type in brackets before it."),
        (r"@[\w?]+", "'{}' hands a hashtable's entries to a command as its parameters, so it stands only among a "
            "command's arguments. Remedy: write the variable with $."),
        (r"@\$", "Splatting is written with @ in place of the $. Remedy: write @name instead of @$name."),
        (r"@", "A single @ means nothing. Remedy: write @( … ) for an array, @{{ … }} for a hashtable, or quotes."),
        (r"\[", "What stands in these brackets is no type. Remedy: write a type's name, as in [string]; "
            "an index follows its variable without a space: $list[0]."),
        (r"[-–—―]\w+", "'{}' is not an operator here. Remedy: look at its spelling (-eq, -like, -match, -in, -and …); "
            "if it is a command's parameter, it belongs behind the command's name."),
        (r"['\"‘’‚‛“”„$({]|[0-9]++(?![\w.:/])", "Something new begins here, directly behind a complete value. "
            "Remedy: write the operator or comma between them, or begin a new line."),
    )
)  # fmt: skip
_ADDRESS = re.compile(r"[0-9]\w*[.:/-][\w.:/-]*")
_WORD = re.compile(r"[\w.*\\/:%#~-]+")


def unexpected(text: str, at: int) -> str:
    """The sentence about something that cannot stand where it stands, after a complete value or in place of one."""
    for pattern, sentence in _UNEXPECTED:
        found = pattern.match(text, at)
        if found:
            return sentence.format(visible(found[0], 40))
    found = _WORD.match(text, at)
    if found:
        word = visible(found[0], 40)
        if _ADDRESS.fullmatch(found[0]):
            return f"'{word}' is neither a number nor a command. Remedy: put it into quotes: '{word}'."
        variable = f"${word} for a variable, " if found[0].isidentifier() else ""
        return (
            f"'{word}' cannot stand here without quotes. Remedy: write '{word}' for a text, {variable}"
            "parentheses around a command; or begin a new line if something new begins."
        )
    return f"The character '{visible(text[at])}' means nothing here. Remedy: delete it, or put it into quotes."
