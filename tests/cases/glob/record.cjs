// Prints JSON lines [pattern, text, answer], the answers of micromatch 4.0.8. Run as `node record.cjs SEED COUNT`.
const mm=require('micromatch'), pm=require('picomatch');
let s=Number(process.argv[2]||1)>>>0; const n=Number(process.argv[3]||400);
const rnd=()=>{s|=0;s=s+0x6D2B79F5|0;let t=Math.imul(s^s>>>15,1|s);t=t+Math.imul(t^t>>>7,61|t)^t;return((t^t>>>14)>>>0)/4294967296};
const pick=a=>a[Math.floor(rnd()*a.length)];
const atoms=['a','b','api','web','1','2','.','/','*','**','?','!','+','@','-','x','[ab]','[!a]','[^a]','[a-c]','[0-9]','[[:alpha:]]','(a|b)','@(a|b)','!(a)','!(a|b)','+(a|b)','*(ab)','?(a)','{a,b}','{1..3}','{a,b}.x','feat','(',')','[',']','{','}','|',',','\\','"',' ','é','$','^','+([0-9])','.x','v1','*(a|aa)','+(*(a))',':','~','😀','./','--'];
const texts=['a','b','c','ab','api','web','1','2','.','/','a/b','.a','a.b','a/.b','1.x','1.2.x','v1','v1.2','feat','fix','!a','x','a b','é','(a)','[a]','api|web','a\nb','aa','aab','😀','a-b','a+b','aaa','ab/','a/b/c','.github','A','$','^','a,b','{a}','x.','*'];
const curated=[['*',null],['!docs',null],['!(feat)',null],['(api|web)',null],['api|web',null],['{docs,style}',null],['+([0-9])?(.{+([0-9]),x}).x',['1.x','1.2.x','1.2.3.x','12.x','x','1.X','v1.x','1.x.x','10.20.x','1..x']],['release/*',['release/1','release/1/2','release/','release','release/.x']],['feature/**',['feature/a','feature/a/b','feature','feature/','feature/.a']],['[cd]*',['docs','ci','feat','[cd]']],['[ab]c',['ac','bc','[ab]c','cc']],['**/x',['x','a/x','a/b/x','ax']],['*hotfix*',['a hotfix b','hotfix','a/hotfix','.hotfix','hot\nhotfix']],['[a]',['a','[a]','b']]];
const out=[]; const seen=new Set();
// Where micromatch builds its expression anew it loses text (see README.md), and we have no backreferences.
const left=(p)=>/\\[0-9]/.test(p)||[p,p.replace(/^!+/,'')].some(q=>{try{return pm.parse(q,{}).backtrack&&!/^[{].*[}]$|^\[\[:alpha:\]\]$/.test(q)}catch{return true}});
const add=(p,t)=>{if(left(p))return;const k=p+'\0'+t;if(seen.has(k)||p==='')return;seen.add(k);let r;try{r=mm.isMatch(t,p)}catch(e){return};out.push(JSON.stringify([p,t,r]))};
for(const [p,ts] of curated)for(const t of ts||['a','api','web','docs','style','feat','a/b','.a','','a b','api|web','a\nb'])add(p,t);
while(out.length<n){let p='';const k=1+Math.floor(rnd()*4);for(let i=0;i<k;i++)p+=pick(atoms);
 // prefer interesting: at most 2 texts of each answer
 const ts=[];for(let i=0;i<6;i++)ts.push(pick(texts));if(rnd()<.3)ts.push(p);
 let y=0,no=0;for(const t of ts){let r;try{r=mm.isMatch(t,p)}catch{continue};if(r?y++<2:no++<1)add(p,t)}}
console.log(out.slice(0,n).join('\n'));
