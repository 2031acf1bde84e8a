"""Runs autobahntestsuite, whose sources are Python 2, under Python 3.

Nothing on disk is changed: a finder serves the suite's modules and rewrites their text while they are imported. In
Python 2 a `str` is a string of bytes. Here it stays a `str` in which each character stands for one byte (Latin-1);
`to_bytes` and `to_text` translate at the border to the autobahn library, which speaks `bytes`.
"""
import binascii
import importlib.abc
import importlib.util
import pathlib
import re
import sys
import types


def to_bytes(value):
    return value.encode("latin-1") if isinstance(value, str) else value


def to_text(value):
    return value.decode("latin-1") if isinstance(value, (bytes, bytearray)) else value


# Applied to every module, in this order.
_REWRITES = [
    (r"^(\s*)print\s*$", r"\1print()"),
    (r"^(\s*)print (.+)$", r"\1print(\2)"),
    (r"([\w.\[\]]+)\.has_key\(([^()]*)\)", r"(\2 in \1)"),
    (r"\bxrange\b", "range"),
    (r"\bunichr\b", "chr"),
    # A base list with object first has no method resolution order any more.
    (r"\(object, Case, \)", "(Case,)"),
    # Division of integers.
    (r"len\(self\.payload\) / self\.p\.autoFragmentSize", "len(self.payload) // self.p.autoFragmentSize"),
    # Arguments of the library's constructor that are gone.
    (r"Factory\.__init__\(self, debug = debug, debugCodePaths = debug\)", "Factory.__init__(self)"),
    # zope.interface's class advice is gone; the one class that uses it belongs to a case that is not run.
    (r"^from zope\.interface import implements$", ""),
    (r"^(\s*)implements\(.*\)$", r"\1pass"),
    # Names in the library that have changed.
    (r"\b(request|accept)NoContextTakeover\b", r"\1_no_context_takeover"),
    (r"\b(request|accept)MaxWindowBits\b", r"\1_max_window_bits"),
    # Pickles of equal values need not be equal any more.
    (r"pickle\.dumps\(obj1\) == pickle\.dumps\(obj2\)", "obj1 == obj2"),
    (r"^import (.*)\bbinascii\b", r"import \1suite_port_binascii as binascii"),
    (r"from autobahn\.websocket\.utf8validator import", "from suite_port_utf8validator import"),
]

# In the folder `case`, an import without a path first looks there.
_CASE_IMPORT = (r"^from (case\w*) import", r"from case.\1 import")


class _SuiteFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, folder):
        self._folder = pathlib.Path(folder)

    def find_spec(self, fullname, path=None, target=None):
        base = self._folder.joinpath(*fullname.split("."))
        for file, is_package in ((base / "__init__.py", True), (base.with_suffix(".py"), False)):
            if file.is_file():
                return importlib.util.spec_from_file_location(
                    fullname, file, loader=self, submodule_search_locations=[str(base)] if is_package else None)
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        file = pathlib.Path(module.__spec__.origin)
        source = file.read_text(encoding="latin-1")  # so that a literal keeps one character for each byte
        rewrites = _REWRITES + ([_CASE_IMPORT] if file.parent.name == "case" else [])
        for pattern, replacement in rewrites:
            source = re.sub(pattern, replacement, source, flags=re.MULTILINE)
        exec(compile(source, str(file), "exec", dont_inherit=True), module.__dict__)  # as any import does


def _module(name, **contents):
    module = types.ModuleType(name)
    module.__dict__.update(contents)
    sys.modules[name] = module
    return module


def install(version):
    """Makes `import fuzzing` and `import case` find the suite's modules. Returns the folder they come from."""
    # Found without being imported: its __init__ is Python 2 as well.
    folder = next(pathlib.Path(entry, "autobahntestsuite") for entry in sys.path
                  if pathlib.Path(entry, "autobahntestsuite", "fuzzing.py").is_file())
    from autobahn.websocket.utf8validator import Utf8Validator

    class TextUtf8Validator:
        def __init__(self):
            self._validator = Utf8Validator()

        def reset(self):
            self._validator.reset()

        def validate(self, text):
            return self._validator.validate(to_bytes(text))

    _module("suite_port_utf8validator", Utf8Validator=TextUtf8Validator)
    _module("suite_port_binascii",
            b2a_hex=lambda value: to_text(binascii.b2a_hex(to_bytes(value))),
            hexlify=lambda value: to_text(binascii.hexlify(to_bytes(value))))
    _module("autobahntestsuite", version=version)
    _module("pkg_resources", resource_filename=lambda _package, name: str(folder / name))
    # Styles of the HTML report, which is not made.
    _module("report", **dict.fromkeys(("CSS_COMMON", "CSS_DETAIL_REPORT", "CSS_MASTER_REPORT", "JS_MASTER_REPORT"), ""))
    sys.meta_path.insert(0, _SuiteFinder(folder))
    return folder
