"""Makes documents that are hard to hand on, and reads exports as others do: see readers."""
import csv
import json
import pathlib
import random
import re
import sys

LISTS = ["also_in", "authors", "topics", "places", "reasons"]
NUMBERS = ["number", "relevance", "overlap", "revision"]
NULLABLE = ["published", "modified", "duplicate_of", "translation_of"]


def documents():
    chance = random.Random(7)
    odd = ["=SUM(A1:A9)", "+7 701", "-1", "@here", "'quoted'", "''", '"said"', "a, b; c", "سلام عليكم", "שלום", "😀👩‍👩‍👧", "Ош – «көпір»", "＝1", "NULL", "nan", "TRUE", "0123", "1e5",
           "\\N", "\\", "[1,2]", "{}", "|", "x\u2028y", "\ufffd", "a\u200cb", "{{7*7}}", "<b>bold</b>", "#REF!", "%0A", "O'Neil"]
    words = "border guard river courier horse bridge ferry letter house road Бишкек шекара patrol exercise army".split()
    for i in range(400):
        head = odd[i % len(odd)]
        paragraphs = [" ".join([chance.choice(odd)] + chance.choices(words, k=30)) for _ in range(1 + i % 4)]
        d = {"title": f"{head} number {i} of Kyrgyzstan", "text": "\n\n".join(paragraphs), "url": f"https://press.example/{i}?q={i}%22,x",
             "source": odd[(i * 7) % len(odd)], "source_name": odd[(i * 3) % len(odd)], "authors": [odd[(i + k) % len(odd)] for k in range(i % 4)]}
        if i % 3:
            d["published"] = f"20{10 + i % 17:02}-0{1 + i % 9}-1{i % 10}T08:00:00{['Z', '+05:00', '.123456Z'][i % 3]}"
        yield d
        if i % 10 == 0:
            yield dict(d, url=f"https://copy.example/{i}", source="copy")
    yield {"title": "A very long article about the border", "text": "\n\n".join(" ".join(chance.choices(words, k=200)) for _ in range(800)), "url": "https://press.example/long"}


def same(what, got, want):
    if isinstance(want, float) and isinstance(got, float) and abs(got - want) <= 1e-15 * abs(want) * 2:
        return  # pandas reads the last digit of a number quickly rather than exactly
    if got != want:
        sys.exit(f"FAILED: {what}: read {got!r:.300}, the JSON Lines say {want!r:.300}")


def records(folder):
    with open(folder / "jsonl/corpus.jsonl", encoding="utf-8", newline="\n") as f:
        found = [json.loads(line) for line in f]
    for r in found:
        r.setdefault("text", "")
    return found


def read_cell(name, cell):
    if name in LISTS:
        return json.loads(cell)
    if name in NUMBERS:
        return json.loads(cell)
    if name in NULLABLE and cell == "":
        return None
    return cell.removeprefix("'")


def check(folder):
    want = records(folder)
    csv.field_size_limit(1 << 30)
    with open(folder / "csv/corpus.csv", encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f, strict=True))
    same("number of rows", len(rows), len(want))
    for row, r in zip(rows, want):
        same("columns", list(row), list(r))
        for name, cell in row.items():
            if re.match(r"[=+\-@\t\r\n＝＋－＠]", cell):
                sys.exit(f"FAILED: a cell is a formula: {cell!r:.100}")
            same(f"CSV, record {r['number']}, {name}", read_cell(name, cell), r[name])
    print(f"Python's csv: {len(rows)} records of {len(rows[0])} fields are equal")
    with open(folder / "txt/manifest.jsonl", encoding="utf-8", newline="\n") as f:
        manifest = [json.loads(line) for line in f]
    same("number of files", len(manifest), len(want))
    for line, r in zip(manifest, want):
        text = (folder / "txt" / line.pop("file")).read_bytes().decode("utf-8")
        same(f"text file of record {r['number']}", text, r["title"] + "\n\n" + r["text"] + "\n")
        same("line of the manifest", dict(line, text=r["text"]), r)
    print(f"text files: {len(manifest)} are equal")
    code = re.search(r"```python\n(import json, pandas.*?)```", (folder / "csv/README.md").read_text(encoding="utf-8"), re.S)
    try:
        import pandas  # noqa: F401
    except ImportError:
        print("notice: there is no pandas, so the lines on the card were not run")
        return
    import os
    scope, home = {}, os.getcwd()
    os.chdir(folder / "csv")
    exec(code.group(1), scope)
    os.chdir(home)
    articles = scope["articles"]
    same("rows in pandas", len(articles), len(want))
    for row, r in zip(articles.to_dict("records"), want):
        for name, value in row.items():
            same(f"pandas, record {r['number']}, {name}", None if name in NULLABLE and value == "" else value, r[name])
    print(f"pandas, as the card says: {len(articles)} records are equal")


if sys.argv[1] == "documents":
    for d in documents():
        print(json.dumps(d))
else:
    check(pathlib.Path(sys.argv[2]))
