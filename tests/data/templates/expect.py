"""Fills in what jinja2 and transformers render for the cases of this folder.

    python expect.py            # needs transformers and jinja2 3.1.6

Reads conversations.json and snippets.json, renders each case with transformers' own environment and
writes "text" (and "assistant", the parts that {% generation %} marks) or "fails" into it.
"""
import json
import pathlib

from transformers.utils import chat_template_utils

HERE = pathlib.Path(__file__).parent


def render(template, messages, generation_prompt=False, tools=None, documents=None, **variables):
    try:
        texts, marks = chat_template_utils.render_jinja_template(
            [messages], tools=tools, documents=documents, chat_template=template,
            return_assistant_tokens_mask="generation" in template,
            add_generation_prompt=generation_prompt, **variables)
    except Exception:  # whatever it is: the template must be refused
        return {"fails": True}
    answer = {"text": texts[0]}
    if marks and marks[0]:
        answer["assistant"] = [texts[0][begin:end] for begin, end in marks[0]]
    return answer


def fill_conversations():
    path = HERE / "conversations.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["expected"] = {}
    for file in sorted(HERE.glob("*.jinja")):
        template = file.read_text(encoding="utf-8")
        answers = []
        for case in data["cases"]:
            answers.append(render(template, bos_token=data["bos_token"], eos_token=data["eos_token"], **case))
        data["expected"][file.name] = answers
    write(path, data)


def fill_snippets():
    path = HERE / "snippets.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    for case in data["cases"]:
        answer = render(case["template"], [], **data["variables"])
        for key in ("text", "fails", "assistant"):
            case.pop(key, None)
        case.update(answer)
    write(path, data)


def write(path, data):
    # One case a line, so that a change shows in a diff.
    text = json.dumps(data, ensure_ascii=False)
    for start in ('{"messages"', '{"template"', '{"text"', '{"fails"'):
        text = text.replace(" " + start, "\n" + start).replace("[" + start, "[\n" + start)
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    fill_conversations()
    fill_snippets()
