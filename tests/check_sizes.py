# SPDX-License-Identifier: Apache-2.0
"""No file outgrows a sitting, no function a screen."""

from checks import finish, report, sources, text_of

FILE_LINES = 600
FUNCTION_LINES = 70
EXAMPLE_LINES = {"in_memory.c": 200}


def functions(text):
    """(name line, number of lines) of each function; clang-format puts its braces in column 0."""
    start, head = None, ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.endswith("{") and line[:1] not in " \t#}{/" and "(" in head + line and "=" not in line:
            start = number
        elif line.startswith("}") and start:
            yield start, number - start + 1
            start = None
        head = line


def main():
    for folder in ("lib", "examples"):
        files = sources(folder)
        too_long = [f"{path}: {lines} lines" for path in files
                    if (lines := len(text_of(path).splitlines())) > EXAMPLE_LINES.get(path.name, FILE_LINES)]
        report(f"sizes: files in {folder}", too_long if files else ["no files found"])
        counted = [(path, at, lines) for path in files for at, lines in functions(text_of(path))]
        report(f"sizes: functions in {folder}",
               [f"{path}:{at}: {lines} lines" for path, at, lines in counted if lines > FUNCTION_LINES]
               if counted else ["no functions found"])
    finish()


main()
