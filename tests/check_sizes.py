# SPDX-License-Identifier: Apache-2.0
"""No file outgrows a sitting, no function a screen."""

from checks import finish, report, sources, text_of

FILE_LINES = 510
FUNCTION_LINES = 70
OTHER_LINES = {
    "in_memory.c": 200,  # the first that a newcomer reads
}


def functions(text):
    """(line, number of lines) of each function. clang-format begins it and ends it in column 0."""
    head, open_at = 0, 0
    for number, line in enumerate(text.splitlines(), 1):
        if not open_at:
            head = number if line[:1].isalpha() else head
            open_at = number if line.endswith(") {") else 0
        elif line.startswith("}"):
            yield head, number - head + 1
            open_at = 0


def main():
    for folder in ("lib", "include", "examples"):
        files = sources(folder)
        too_long = [f"{path}: {lines} lines" for path in files
                    if (lines := len(text_of(path).splitlines())) > OTHER_LINES.get(path.name, FILE_LINES)]
        report(f"sizes: files in {folder}", too_long if files else ["no files found"])
    for folder in ("lib", "examples"):
        counted = [(path, at, lines) for path in sources(folder) for at, lines in functions(text_of(path))]
        report(f"sizes: functions in {folder}",
               [f"{path}:{at}: {lines} lines" for path, at, lines in counted if lines > FUNCTION_LINES]
               if counted else ["no functions found"])
    finish()


main()
