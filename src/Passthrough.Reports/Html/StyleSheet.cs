namespace Passthrough.Reports.Html;

/// <summary>
/// The page's style: light and dark, narrow and wide, screen and paper. Every text colour has a contrast of at least 4.5 against
/// what it stands on, in both modes.
/// </summary>
internal static class StyleSheet
{
    /// <summary>CSS; holds nothing of the input.</summary>
    public const string Text = """

        :root { color-scheme: light dark; --page: #ffffff; --card: #f6f8fa; --text: #1f2328; --soft: #57606a; --edge: #d0d7de; --link: #0550ae;
          --good: #116329; --bad: #a40e26; --warn: #7d4e00; --open: #5a32a3; --s0: #0072b2; --s1: #b84f00; --s2: #007a58; --s3: #a8457f; --s4: #8a6100;
          --grid: #d8dee4; --axis: #6e7781; --noise: #8c959f; --reference: #57606a; }
        @media (prefers-color-scheme: dark) { :root { --page: #0d1117; --card: #161b22; --text: #e6edf3; --soft: #9ea7b3; --edge: #3d444d; --link: #79c0ff;
          --good: #56d364; --bad: #ff8f88; --warn: #e3b341; --open: #d2a8ff; --s0: #58b4f0; --s1: #ff9a52; --s2: #3fd1a4; --s3: #f0a3cd; --s4: #f2c14e;
          --grid: #30363d; --axis: #8b949e; --noise: #8b949e; --reference: #b1bac4; } }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0 auto; padding: 1rem clamp(.75rem, 3vw, 3rem) 3rem; max-width: 110rem; background: var(--page); color: var(--text);
          font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
        h1 { font-size: 1.7rem; line-height: 1.25; margin: .5rem 0; } h2 { font-size: 1.35rem; margin: 2.25rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--edge); }
        h3 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; } h4 { font-size: 1rem; margin: 0 0 .25rem; }
        p, li, dd { max-width: 75ch; } p { margin: .4rem 0; }
        a { color: var(--link); } a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
        .skip { position: absolute; left: -100rem; } .skip:focus { left: .5rem; top: .5rem; background: var(--page); padding: .5rem; z-index: 1; }
        code, pre { font-family: ui-monospace, "DejaVu Sans Mono", Consolas, monospace; font-size: .875rem; }
        code { overflow-wrap: anywhere; }
        pre { background: var(--page); border: 1px solid var(--edge); border-radius: 6px; padding: .5rem .75rem; margin: .35rem 0; overflow-x: auto; white-space: pre-wrap; }
        .made, .meta, .remark, figcaption { color: var(--soft); font-size: .9rem; }
        .label { border: 2px solid var(--warn); border-radius: 8px; padding: .6rem .9rem; margin: .75rem 0; }
        .label strong { display: block; color: var(--warn); font-size: 1.15rem; } .label span { display: block; }
        nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; margin: .75rem 0; } nav a { display: inline-block; padding: .2rem 0; }
        .answer { background: var(--card); border: 1px solid var(--edge); border-left: .5rem solid var(--open); border-radius: 8px; padding: .25rem 1.1rem 1rem; margin-top: 1rem; }
        .answer h2 { border: 0; margin: .75rem 0 0; padding: 0; font-size: 1.1rem; }
        .answer.yes { border-left-color: var(--good); } .answer.no { border-left-color: var(--bad); }
        .verdict { font-size: 1.9rem; font-weight: 700; margin: .1rem 0; color: var(--open); } .answer.yes .verdict { color: var(--good); } .answer.no .verdict { color: var(--bad); }
        .cause { font-weight: 600; }
        .counts { display: flex; flex-wrap: wrap; gap: .4rem 1.5rem; margin: 1rem 0 0; } .counts div { display: flex; gap: .4rem; } .counts dd { margin: 0; font-weight: 700; }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: .5rem 1.5rem; margin: .5rem 0 1rem; }
        .facts dt { color: var(--soft); font-size: .9rem; } .facts dd { margin: 0; overflow-wrap: anywhere; }
        .finding { border: 1px solid var(--edge); border-left: .35rem solid var(--soft); border-radius: 6px; padding: .6rem .9rem; margin: .6rem 0; background: var(--card); }
        .finding.fail { border-left-color: var(--bad); } .finding.warn { border-left-color: var(--warn); } .finding.unknown { border-left-color: var(--open); } .finding.pass { border-left-color: var(--good); }
        .badge { display: inline-block; border: 1px solid currentColor; border-radius: 1rem; padding: 0 .6rem; font-size: .875rem; font-weight: 600; white-space: nowrap; color: var(--soft); }
        .fail .badge, .worse .badge { color: var(--bad); } .warn .badge { color: var(--warn); } .unknown .badge, .inconclusive .badge, .toofewruns .badge { color: var(--open); }
        .pass .badge, .better .badge { color: var(--good); }
        .head { font-weight: 600; } .waived { font-style: italic; } .remedy { padding-left: 1.4rem; } .effects { list-style: none; padding: 0; } .effects li { margin: .4rem 0; }
        details { margin: .5rem 0; } summary { cursor: pointer; color: var(--link); padding: .15rem 0; }
        .scroll { overflow-x: auto; border: 1px solid var(--edge); border-radius: 6px; margin: .5rem 0; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; } caption { text-align: left; padding: .5rem .6rem; color: var(--soft); }
        th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-top: 1px solid var(--edge); overflow-wrap: normal; } th { font-weight: 600; } thead th { background: var(--card); border-top: 0; white-space: nowrap; }
        td code, th code { overflow-wrap: normal; } .how td > div, caption { position: sticky; left: 0; max-width: min(90ch, calc(100vw - 4rem)); } .how td { border-top: 0; padding-top: 0; color: var(--soft); font-size: .875rem; } #comparison thead th { white-space: normal; } #comparison td { min-width: 4.2rem; } #comparison tbody th { min-width: 11rem; } #comparison td .badge { white-space: normal; } #claims td .badge { white-space: nowrap; } .why div { min-width: 18rem; max-width: 60ch; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 34rem), 1fr)); gap: 1rem; }
        .chart { margin: .75rem 0; padding: .75rem; border: 1px solid var(--edge); border-radius: 8px; background: var(--card); min-width: 0; max-width: 48rem; }
        .charttitle { font-weight: 600; margin: 0 0 .25rem; } .legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1rem; padding: 0; margin: .25rem 0; font-size: .9rem; } .legend svg { vertical-align: -2px; }
        .drawing { overflow-x: auto; } .drawing svg { display: block; min-width: 30rem; height: auto; color: var(--text); }
        .drawing text { fill: currentColor; font: 13px system-ui, sans-serif; } .drawing .middle { text-anchor: middle; } .drawing .end { text-anchor: end; } .drawing .start { text-anchor: start; }
        [fill="#0072B2" i] { fill: var(--s0); } [stroke="#0072B2" i] { stroke: var(--s0); } [fill="#D55E00" i] { fill: var(--s1); } [stroke="#D55E00" i] { stroke: var(--s1); }
        [fill="#009E73" i] { fill: var(--s2); } [stroke="#009E73" i] { stroke: var(--s2); } [fill="#CC79A7" i] { fill: var(--s3); } [stroke="#CC79A7" i] { stroke: var(--s3); }
        [fill="#E69F00" i] { fill: var(--s4); } [stroke="#E69F00" i] { stroke: var(--s4); } [stroke="#D8DEE4" i] { stroke: var(--grid); } [stroke="#6E7781" i] { stroke: var(--axis); }
        [fill="#8C959F" i] { fill: var(--noise); } [stroke="#57606A" i] { stroke: var(--reference); }
        footer { margin-top: 3rem; color: var(--soft); font-size: .9rem; border-top: 1px solid var(--edge); }
        @media (max-width: 30rem) { h1 { font-size: 1.4rem; } .verdict { font-size: 1.5rem; } .answer, .finding { padding-left: .75rem; padding-right: .75rem; } }
        @media print { :root { color-scheme: light; } nav, .skip { display: none; } body { max-width: none; padding: 0; font-size: 10pt; } .scroll, .drawing { overflow: visible; } .drawing svg { min-width: 0; }
          table { font-size: 7.5pt; } .finding, .chart, tr { break-inside: avoid; } h2, h3, h4 { break-after: avoid; } #comparison td, #comparison tbody th { min-width: 0; } a { color: inherit; } }

        """;
}
