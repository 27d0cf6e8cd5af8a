/** The style sheet. Colours have a contrast of 4.5 or more for text and 3 for lines, in both schemes. */

const LIGHT = `
--page:#f6f6f4;--card:#fff;--ink:#1b1d21;--soft:#565b63;--hair:#dcdcd7;--faint:#ebebe7;--accent:#2456c6;--warm:#b4530a;
--good:#1d7a45;--heat-right:#9dbcf8;--heat-wrong:#f6b27a;
--s1:#2456c6;--s2:#c2570c;--s3:#197a55;--s4:#8a3ab9;--s5:#a5175e;--s6:#0b7285;--s7:#7a5c00;--s8:#4b4fd0;--s9:#b3261e;--s10:#5f6672;`;

const DARK = `
--page:#111317;--card:#191c21;--ink:#e9eaec;--soft:#a4a9b2;--hair:#33373f;--faint:#262a30;--accent:#8ab0ff;--warm:#f4a968;
--good:#6fcf97;--heat-right:#2a57b8;--heat-wrong:#8a4512;
--s1:#7da6ff;--s2:#f4a05c;--s3:#5fce9b;--s4:#c99bf0;--s5:#f58ab8;--s6:#5cc8da;--s7:#d9b84a;--s8:#a3a6ff;--s9:#ff8f86;--s10:#aab1bd;`;

const LOOKS = Array.from({ length: 10 }, (_, i) => `.s${i + 1}{--own:var(--s${i + 1})}`).join('');

export const STYLE = `
:root{color-scheme:light dark;${LIGHT}
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);overflow-wrap:break-word}
main,footer{max-width:1120px;margin:0 auto;padding:0 24px}
main{padding-top:48px}
h1,h2,h3,p,dl,dd,figure,ul{margin:0;padding:0}
h1{font-size:clamp(1.75rem,1.2rem + 2.4vw,2.6rem);line-height:1.15;letter-spacing:-.022em;font-weight:650;text-wrap:balance}
h2{font-size:1.3rem;line-height:1.3;letter-spacing:-.012em;font-weight:620}
h3{font-size:.95rem;line-height:1.4;font-weight:600}
small{font-weight:400}
small,.note,.lead,.eyebrow,.unit,footer{color:var(--soft)}
.eyebrow{font-size:.8rem;margin-bottom:8px}
.summary{margin-top:12px;max-width:68ch;font-size:1.05rem;color:var(--soft);text-wrap:pretty}
.lead{margin-top:4px;max-width:72ch}
.lead b{color:var(--ink);font-weight:620}
.note{font-size:.85rem}
header{padding-bottom:8px}
.tiles{display:flex;flex-wrap:wrap;margin-top:32px;background:var(--card);border:1px solid var(--hair);border-radius:14px;overflow:hidden}
.tile{flex:1 1 calc(100% / var(--row) - 1px);min-width:150px;padding:16px 18px 14px;box-shadow:1px 1px 0 0 var(--hair)}
.tile dt{font-size:.8rem;color:var(--soft)}
.tile b{display:block;font-size:1.6rem;line-height:1.25;letter-spacing:-.02em;font-weight:620}
.tile.strong b{color:var(--accent)}
.tile span{display:block;font-size:.78rem;line-height:1.4;color:var(--soft)}
nav ul{display:flex;flex-wrap:wrap;gap:4px 20px;list-style:none;padding:16px 0 0;font-size:.88rem}
nav a{color:var(--accent);text-decoration:none}
nav a:hover{text-decoration:underline}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
section{margin-top:28px;padding:26px 28px 30px;background:var(--card);border:1px solid var(--hair);border-radius:14px}
section h3{margin-top:26px}
section figcaption h3,.pair>div>h3,.split>div>h3:first-child{margin-top:0}
.wide,.pair,.split{margin-top:20px}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:32px 40px}
.split{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:28px 40px;align-items:start}
@media (max-width:820px){.split{grid-template-columns:minmax(0,1fr)}}
.pair>*,.split>*{min-width:0}
.pair>figure:last-child:nth-child(odd){grid-column:1/-1}
.legend{display:flex;flex-wrap:wrap;gap:2px 18px;list-style:none;font-size:.85rem;color:var(--soft)}
.legend b{color:var(--ink);font-weight:600}
.key{display:inline-block;width:16px;height:3px;border-radius:2px;margin-right:7px;vertical-align:middle;background:var(--own)}
.key.area{width:11px;height:11px}
.key.bar{background:var(--s1)}
.key.gap,.key.spare{background:color-mix(in srgb,var(--s2) 35%,transparent);outline:1px solid var(--s2);outline-offset:-1px}
.key.spare{background:color-mix(in srgb,var(--s1) 35%,transparent);outline-color:var(--s1)}
${LOOKS}
.plot{position:relative;margin-top:12px;padding:0 14px 0 58px}
.area{position:relative;height:230px}
.wide .area{height:300px}
.square{max-width:430px}
.square .area{height:auto;aspect-ratio:1}
.canvas{position:absolute;inset:0;display:block;overflow:visible}
.unit{font-size:.75rem}
.plot>.unit:first-child{margin:0 0 8px -50px}
.unit.below{margin-top:24px;text-align:center}
.grid line{stroke:var(--faint);stroke-width:1}
.grid text{font-size:11.5px;fill:var(--soft)}
.canvas path{fill:none;vector-effect:non-scaling-stroke}
.line{stroke:var(--own);stroke-width:1.9;stroke-linejoin:round;stroke-linecap:round}
.line.dense{stroke-width:1.1}
.dot{stroke:var(--own);stroke-width:5;stroke-linecap:round}
.marker{fill:var(--own);stroke:var(--card);stroke-width:1.5}
.scatter circle{fill:var(--own);fill-opacity:.45}
.reference{stroke:var(--soft);stroke-width:1.2;stroke-dasharray:4 4}
.rule line{stroke:var(--soft);stroke-width:1;stroke-dasharray:2 3}
.rule text{font-size:11.5px;fill:var(--soft);paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.rule.parting line{stroke:var(--s5)}
.rule.parting text{fill:var(--s5)}
rect.bar{fill:var(--s1)}
rect.gap,rect.spare{fill:var(--s2);fill-opacity:.35;stroke:var(--s2);stroke-width:1;vector-effect:non-scaling-stroke}
rect.spare{fill:var(--s1);stroke:var(--s1)}
.narrow{max-width:430px}
.populations{display:flex;align-items:flex-end;height:44px;margin:14px 14px 0 58px;border-bottom:1px solid var(--hair);gap:1px}
.populations i{flex:1;min-width:0;height:var(--height);background:var(--soft)}
.narrow>.unit.below{margin:4px 14px 0 58px}
.scroll{margin-top:12px;overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.86rem}
caption{caption-side:bottom;text-align:left;padding-top:8px;font-size:.8rem;color:var(--soft)}
th,td{padding:5px 10px;border-bottom:1px solid var(--faint);text-align:right;white-space:nowrap;font-weight:400;vertical-align:middle}
thead th{color:var(--soft);font-size:.78rem;border-bottom-color:var(--hair)}
th.words,td.words{text-align:left;white-space:normal}
th.words:has(code){white-space:nowrap}
th:first-child,td:first-child{padding-left:0}
tr:last-child>*{border-bottom:0}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.bars{display:block;margin-left:auto;overflow:visible}
.bars path{fill:var(--s1)}
.bars .zero{fill:none;stroke:var(--soft);stroke-width:1;stroke-dasharray:2 2}
.matrix{width:auto}
.matrix th,.matrix td{padding:0;border:1px solid var(--card);text-align:center}
.matrix{--cell:max(30px,min(104px,480px / var(--classes)))}
.matrix td{width:var(--cell);height:clamp(30px,var(--cell),42px);border-radius:5px;font-size:.82rem}
.matrix thead td,.matrix thead th{height:auto;width:var(--cell);vertical-align:bottom}
.matrix thead th span{display:block;width:var(--cell);margin:0 auto;padding:0 2px 4px;overflow:hidden;text-overflow:ellipsis}
.matrix tbody th{padding-right:10px;text-align:right;color:var(--soft);font-size:.78rem;max-width:9rem;overflow:hidden;text-overflow:ellipsis}
.matrix .none{color:var(--soft);background:color-mix(in srgb,var(--faint) 45%,transparent)}
.right{background:color-mix(in srgb,var(--heat-right) calc(100% * var(--depth)),transparent)}
.wrong{background:color-mix(in srgb,var(--heat-wrong) calc(100% * var(--depth)),transparent)}
.picture img{display:block;width:100%;max-width:520px;height:auto;aspect-ratio:1;image-rendering:pixelated;border:1px solid var(--hair);border-radius:6px}
.picture .note{margin-top:8px;max-width:520px}
.facts{margin-top:10px;font-size:.88rem}
.facts div{display:flex;justify-content:space-between;gap:24px;padding:5px 0;border-bottom:1px solid var(--faint)}
.facts div:last-child{border-bottom:0}
.facts dt{color:var(--soft);flex:none}
.facts dd{text-align:right;min-width:0}
.share{display:inline-block;vertical-align:middle;width:96px;height:6px;margin-right:12px;border-radius:3px;background:linear-gradient(90deg,var(--s1) calc(100% * var(--part)),var(--faint) 0)}
.calm{color:var(--soft)}
.alarm{color:var(--warm);font-weight:600}
details{margin-top:12px}
summary{cursor:pointer;color:var(--accent);font-size:.9rem;width:fit-content}
footer{padding-top:28px;padding-bottom:48px;font-size:.8rem}
.hidden{position:absolute;width:1px;height:1px;margin:-1px;padding:0;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.cross{position:absolute;top:0;bottom:0;width:1px;background:var(--soft);pointer-events:none}
.readout{position:absolute;top:4px;z-index:1;pointer-events:none;background:var(--card);border:1px solid var(--hair);border-radius:8px;box-shadow:0 4px 18px rgb(0 0 0/.14);padding:7px 11px;font-size:.8rem;line-height:1.5;white-space:nowrap}
.readout p{color:var(--soft)}
.readout b{font-weight:620;margin-left:8px}
@media (max-width:560px){
main,footer{padding-left:14px;padding-right:14px}
main{padding-top:28px}
section{padding:20px 16px 22px;border-radius:12px}
.tiles{margin-top:24px}
.tile{flex-basis:45%;min-width:0;padding:12px 14px}
.tile b{font-size:1.3rem}
.plot{padding-left:50px;padding-right:8px}
.plot>.unit:first-child{margin-left:-44px}
.area,.wide .area{height:210px}
.populations,.narrow>.unit.below{margin-left:50px;margin-right:8px}
th,td{padding-left:6px;padding-right:6px}
.matrix{--cell:max(25px,min(80px,250px / var(--classes)))}
.matrix td{font-size:.72rem}
.matrix tbody th{max-width:5.5rem;padding-right:6px}
.share{display:none}
}
@media print{
:root{${LIGHT}--page:#fff;font-size:10.5pt;color-scheme:light}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
nav,summary{display:none}
main,footer{max-width:none;padding:0}
section{border:0;padding:0;margin-top:22pt}
figure,table,.tiles,.facts div,tr{break-inside:avoid}
h2,h3{break-after:avoid}
.scroll{overflow:visible}
@page{margin:16mm}
}`;
