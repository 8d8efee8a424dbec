import ast
import builtins
import os
import pathlib
import pkgutil
import sys
import unittest

ROOT = pathlib.Path(__file__).parents[1]
SOURCES = sorted(ROOT.glob('*.py')) + sorted(ROOT.glob('*/*.py'))
LONGEST_LINE = 120  # columns, as in .editorconfig
# sys.stdlib_module_names is new in Python 3.10
STANDARD_LIBRARY = set(getattr(sys, 'stdlib_module_names', ())) or {
    *sys.builtin_module_names, *(module.name for module in pkgutil.iter_modules([os.path.dirname(os.__file__)]))}
RESERVED = {name for name in {*dir(builtins), *STANDARD_LIBRARY} if not name.startswith('__')} - {'_'}


class Bindings(ast.NodeVisitor):
    """Collects each name that a module binds, but for attributes and methods, as ``(line, name)``."""

    def __init__(self):
        self.found = []
        self.in_class = False

    def bind(self, node, name):
        if name is not None and not self.in_class:
            self.found.append((node.lineno, name))

    def visit_body(self, node, in_class):
        outer, self.in_class = self.in_class, in_class
        self.generic_visit(node)
        self.in_class = outer

    def visit_ClassDef(self, node):
        self.bind(node, node.name)
        self.visit_body(node, in_class=True)

    def visit_FunctionDef(self, node):
        self.bind(node, node.name)
        self.visit_body(node, in_class=False)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node):
        self.visit_body(node, in_class=False)

    def visit_arg(self, node):
        self.bind(node, node.arg)
        self.generic_visit(node)

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Store):
            self.bind(node, node.id)

    def visit_ExceptHandler(self, node):
        self.bind(node, node.name)
        self.generic_visit(node)

    def visit_Import(self, node):
        for alias in node.names:
            if alias.asname:
                self.bind(node, alias.asname)

    def visit_ImportFrom(self, node):
        for alias in node.names:
            self.bind(node, alias.asname or alias.name)


def shadowed(source):
    """Returns ``(line, name)`` of each name that hides a builtin or a module of the standard library."""
    bindings = Bindings()
    bindings.visit(ast.parse(source))
    return [(line, name) for line, name in bindings.found if name in RESERVED]


class Sources(unittest.TestCase):
    """All Python sources of the plugin, its tests included."""

    maxDiff = None

    def test_all_sources_are_checked(self):
        names = {str(path.relative_to(ROOT)) for path in SOURCES}
        self.assertLessEqual({'setup.py', 'buildbot_quorate/__init__.py', 'tests/test_sources.py'}, names)

    def test_no_module_is_named_like_a_builtin_or_a_module_of_the_standard_library(self):
        self.assertEqual([path.name for path in SOURCES if path.stem in RESERVED], [])

    def test_no_name_hides_a_builtin_or_a_module_of_the_standard_library(self):
        hidden = [f'{path.name}:{line}: {name}' for path in SOURCES for line, name in shadowed(path.read_text())]
        self.assertEqual(hidden, [])

    def test_every_kind_of_name_that_hides_a_builtin_or_a_module_is_found(self):
        for source in (
                'def f(callable): pass', 'def f(*, input=1): pass', 'def f(*id): pass', 'def f(**type): pass',
                'lambda property: 1', 'def map(): pass', 'class set: pass', 'id = 1', 'for id in (): pass',
                '[id for id in ()]', '(id := 1)', 'with f() as id: pass', 'try: pass\nexcept E as copy: pass',
                'import a as select', 'from a import types', 'from a import b as string', '_thread = 1',
                'class C:\n    def f(self, id): pass', 'class C:\n    def f(self):\n        id = 1'):
            self.assertEqual(len(shadowed(source)), 1, source)

    def test_an_attribute_and_a_method_may_be_named_like_a_builtin_or_a_module(self):
        for source in ('class C:\n    id = 1', 'class C:\n    def input(self): pass', 'self.id = 1', 'f(property=1)',
                       'import copy', 'import os.path', '_ = 1'):
            self.assertEqual(shadowed(source), [], source)

    def test_no_line_is_longer_than_120_columns(self):
        longer = [f'{path.name}:{number}: {len(line)} columns' for path in SOURCES
                  for number, line in enumerate(path.read_text().splitlines(), 1) if len(line) > LONGEST_LINE]
        self.assertEqual(longer, [])
