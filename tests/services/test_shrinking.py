"""Each rule, and what it must leave alone. Every test of the widget shows that the whole script does its work."""

import pytest

from app.services.shrinking import small_script


@pytest.mark.parametrize(
    ("source", "small"),
    [
        ("const a = 1; // why\n/** @type {number} */\nconst b = a;\n", "let a=1,b=a;"),
        ("const a = 1;\nconst [b, c] = a;\nconst { d } = b;\n", "let a=1,[b,c]=a,{d}=b;"),
        (
            "const f = (x) => x;\nconst g = () => { h(); };\nconst i = 1;\n",
            "let f=x=>x,g=()=>{h()};let i=1;",
        ),
        ("for (const a of b) c(a);\nconst d = 1;\n", "for(let a of b)c(a);let d=1;"),
        ("if (a) b();\nconst c = 1;\nd();\nconst e = 2;\n", "if(a)b();let c=1;d();let e=2;"),
        ("let a = 1;\nlet b;\nlet c = { d: `${a}` };\nconst e = c;\n", "let a=1,b,c={d:`${a}`};let e=c;"),
        ("for (let i = 0; i < 2; i += 1) f(i);\nlet j;\n", "for(let i=0;i<2;i+=1)f(i);let j;"),
        (
            "const a = () => { b(); };\nconst letter = 1;\nlet ter;\n",
            "let a=()=>{b()};let letter=1,ter;",
        ),
        (
            "f(/** @type {A<B>} */ (x.y), /** @type {C} */ (x) => x);\nreturn /** @type {D} */ (z);",
            "f(x.y,x=>x);return z;",
        ),
        ("a.map((x) => x).map((x, y) => y);", "a.map(x=>x).map((x,y)=>y);"),
        ("const f = async (x) => await x;", "let f=async(x)=>await x;"),
        ("f();\nvoid g();\nh = () => void i();\n", "f();g();h=()=>void i();"),
        ("if (a) void b();\nif (c) return void d();\n", "if(a)b();if(c)return void d();"),
        ("f((x) => ({ a: x, b: [1, 2], }));", "f(x=>({a:x,b:[1,2]}));"),
        ("f([[1], [a, b, ], ]);\nconst [, c] = d;", "f([[1],[a,b,],]);let[,c]=d;"),
        ("function f(a, { b } = {}) {\n  return a + b;\n}\nf(1);\n", "let f=(a,{b}={})=>a+b;f(1);"),
        ("function f(a) {\n  return { a };\n}\n", "function f(a){return{a}}"),
        ('if (a === "b" || c !== "d" || e === 1 || f === 0) g();', 'if(a=="b"||c!="d"||e==1||f===0)g();'),
        ("const a = /\\d{2,}/;", "let a=/\\d{2,}/;"),
        ("const a = 60_000, b_000 = 1, c = 2_500;", "let a=60e3,b_000=1,c=2_500;"),
        ('const A_MS = 1_500;\nconst B = A_MS + c.A_MSB;\nconst D = "d";\n', 'let B=1_500+c.A_MSB,D="d";'),
        ('f("w3/2000/svg", 2000);', 'f("w3/2000/svg",2e3);'),
        ("const a = 1000 * b1000 + 0.1000 + 20_001;", "let a=1e3*b1000+0.1000+20_001;"),
        (
            'f({ a: true, b: "true" });\nif (c === false) return true;\nd = true_;',
            'f({a:!0,b:"true"});if(c===!1)return!0;d=true_;',
        ),
        (
            "f(`${a / 2 + 1} of ${b ? 'c d' : e}, ${typeof f}: a / 2`);",
            "f(`${a/2+1} of ${b ? 'c d' : e}, ${typeof f}: a / 2`);",
        ),
        ("if (a) { b(); }\nc();\nfunction d() {}\ne();\n", "if(a){b()}c();function d(){}e();"),
        (
            "const A_CSS = `\na { margin: 0 0.5em !important; }\nb, c { top: 0; }\n`;\nconst b = `x: 0.5; y`;\n",
            "let A_CSS=`\na{margin:0 .5em!important}b,c{top:0}`;let b=`x: 0.5; y`;",
        ),
    ],
)
def test_script_is_the_same_but_smaller(source: str, small: str) -> None:
    assert small_script(source) == small
