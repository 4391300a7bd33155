/** The stylesheet of the reference. Text has a contrast of at least 4.5 to 1 on light and dark backgrounds. */
export const STYLE = `
:root{color-scheme:light dark;--ground:#fff;--raised:#f6f7f9;--line:#dfe3e8;--text:#1b2430;--soft:#566273;--accent:#0b5cad;
--get:#0b6b3a;--post:#0b5cad;--put:#8a4b00;--patch:#8a4b00;--delete:#b3261e;--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{--ground:#12161c;--raised:#1a2029;--line:#2e3743;--text:#e3e8ee;--soft:#a3afbd;--accent:#7ab8ff;
--get:#6fd79c;--post:#7ab8ff;--put:#f0b660;--patch:#f0b660;--delete:#ff9a90}}
*{box-sizing:border-box}
html{scroll-padding-top:4.5rem}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
a{color:var(--accent);text-underline-offset:.15em}
a:focus-visible,summary:focus-visible,pre:focus-visible,.wide:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-999px}
.skip:focus{left:1rem;top:.5rem;z-index:9;background:var(--ground);padding:.4rem .8rem}
.top{position:sticky;top:0;z-index:5;display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:center;padding:.7rem 1.5rem;background:var(--ground);border-bottom:1px solid var(--line)}
.brand{font-weight:700;font-size:1.05rem;letter-spacing:.01em;color:var(--text);text-decoration:none}
.brand span{color:var(--soft);font-weight:400}
.top ul{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;margin:0;padding:0;list-style:none;font-size:.95rem}
.top li a{text-decoration:none;color:var(--soft)}
.top li a:hover{color:var(--text)}
.top li a[aria-current]{color:var(--text);font-weight:600;border-bottom:2px solid var(--accent);padding-bottom:.2rem}
.page{display:grid;grid-template-columns:15.5rem minmax(0,1fr);max-width:82rem;margin:0 auto}
.single{max-width:64rem;margin:0 auto}
.side{position:sticky;top:3.4rem;align-self:start;max-height:calc(100vh - 3.4rem);overflow:auto;padding:1.75rem .5rem 2rem 1.5rem;font-size:.9rem}
.side h2{margin:1.1rem 0 .25rem;font-size:.78rem;letter-spacing:.05em;text-transform:uppercase;color:var(--soft);border:0;padding:0}
.side h2:first-child{margin-top:0}
.side ul{margin:0;padding:0;list-style:none}
.side a{display:block;padding:.14rem 0;color:var(--text);text-decoration:none}
.side a:hover{color:var(--accent)}
main{padding:1.75rem 1.5rem 4rem 2rem;min-width:0}
h1{font-size:1.9rem;line-height:1.25;margin:0 0 .5rem;letter-spacing:-.01em}
h2{font-size:1.3rem;margin:2.4rem 0 .5rem;padding-bottom:.35rem;border-bottom:1px solid var(--line)}
h3{font-size:1.12rem;margin:1.5rem 0 .4rem}article h3{margin-top:0}
h4{font-size:.95rem;margin:1.4rem 0 .45rem}
p{margin:.5rem 0;max-width:46rem}
.lead{font-size:1.08rem;color:var(--soft)}
code,pre{font-family:var(--mono);font-size:.875em}
code{overflow-wrap:anywhere}
p code,li code,td:last-child code,dd code{background:var(--raised);border:1px solid var(--line);border-radius:4px;padding:.05em .3em}
pre{margin:.4rem 0;padding:.8rem 1rem;overflow-x:auto;background:var(--raised);border:1px solid var(--line);border-radius:8px;line-height:1.5}
article{padding:1.6rem 0;border-bottom:1px solid var(--line)}
article:last-of-type{border-bottom:0}
h3 a.self{color:inherit;text-decoration:none}
h3 a.self:hover::after{content:" #";color:var(--soft)}
.route{display:flex;flex-wrap:wrap;gap:.6rem;align-items:baseline;margin:.2rem 0 .6rem}
.route code{background:none;border:0;padding:0;font-size:.95rem}
.method{font:700 .78rem/1 var(--mono);padding:.32em .5em;border:1px solid currentColor;border-radius:4px}
.get{color:var(--get)}.post{color:var(--post)}.put{color:var(--put)}.patch{color:var(--patch)}.delete{color:var(--delete)}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.5rem .8rem .5rem 0;border-bottom:1px solid var(--line)}
th{font-size:.78rem;letter-spacing:.03em;color:var(--soft);font-weight:600}
td:first-child{width:30%;min-width:10rem}td:nth-child(2){width:20%;min-width:8rem;color:var(--soft)}
td p{margin:0}
td:first-child code{overflow-wrap:break-word}td:first-child code span{color:var(--soft)}
.must{display:inline-block;margin-left:.45rem;font-size:.75rem;font-weight:600;color:var(--delete)}
details{margin:.4rem 0}
summary{cursor:pointer;color:var(--accent);font-size:.92rem}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(17.5rem,1fr));gap:1rem;padding:0;margin:1.5rem 0;list-style:none}
.cards li{display:flex;flex-direction:column;border:1px solid var(--line);border-radius:10px;padding:1.1rem 1.2rem;background:var(--raised)}
.cards h2{margin:0 0 .35rem;padding:0;border:0;font-size:1.1rem}
.cards p{margin:0 0 .7rem;font-size:.93rem;color:var(--soft)}
.cards dl{margin:auto 0 0}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.3rem 1.2rem;font-size:.92rem;margin:1rem 0}
dt{color:var(--soft)}dd{margin:0}
.statuses{margin:.3rem 0;padding-left:1.2rem;font-size:.92rem}
footer{padding:1.5rem;border-top:1px solid var(--line);color:var(--soft);font-size:.88rem;text-align:center}
@media (max-width:60rem){.page{display:block}.side{position:static;max-height:none;padding:1.25rem 1.25rem 0}.side ul{columns:2}main{padding:1.25rem}.top{position:static}html{scroll-padding-top:1rem}}
@media print{.top,.side,.skip{display:none}.page{display:block}details{display:block}}
`;
