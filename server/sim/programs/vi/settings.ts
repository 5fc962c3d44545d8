/** The options of `:set`, with vim's defaults. */
export interface Settings {
  number: boolean;
  relativenumber: boolean;
  expandtab: boolean;
  autoindent: boolean;
  ignorecase: boolean;
  smartcase: boolean;
  hlsearch: boolean;
  incsearch: boolean;
  paste: boolean;
  list: boolean;
  wrap: boolean;
  ruler: boolean;
  cursorcolumn: boolean;
  cursorline: boolean;
  smartindent: boolean;
  tabstop: number;
  shiftwidth: number;
  softtabstop: number;
}

export function createSettings(): Settings {
  return {
    number: false,
    relativenumber: false,
    expandtab: false,
    autoindent: false,
    ignorecase: false,
    smartcase: false,
    hlsearch: false,
    incsearch: true,
    paste: false,
    list: false,
    wrap: true,
    ruler: true,
    cursorcolumn: false,
    cursorline: false,
    smartindent: false,
    tabstop: 8,
    shiftwidth: 8,
    softtabstop: 0,
  };
}

const ABBREVIATIONS: Readonly<Record<string, keyof Settings>> = {
  nu: "number",
  rnu: "relativenumber",
  et: "expandtab",
  ai: "autoindent",
  ic: "ignorecase",
  scs: "smartcase",
  hls: "hlsearch",
  is: "incsearch",
  ru: "ruler",
  cuc: "cursorcolumn",
  cul: "cursorline",
  si: "smartindent",
  ts: "tabstop",
  sw: "shiftwidth",
  sts: "softtabstop",
};

/** Options vim has and the simulation accepts without effect. */
const IGNORED = new Set([
  "compatible",
  "cp",
  "mouse",
  "encoding",
  "fileencoding",
  "enc",
  "filetype",
  "ft",
  "syntax",
  "syn",
  "backspace",
  "bs",
  "clipboard",
  "cindent",
  "showmatch",
  "sm",
  "showcmd",
  "sc",
  "laststatus",
  "ls",
  "history",
  "hidden",
  "hid",
  "swapfile",
  "swf",
  "backup",
  "bk",
  "undofile",
  "udf",
  "modeline",
  "ml",
  "ttyfast",
  "wildmenu",
  "wmnu",
  "scrolloff",
  "so",
  "textwidth",
  "tw",
  "background",
  "bg",
  "termguicolors",
  "tgc",
  "visualbell",
  "vb",
  "errorbells",
  "eb",
  "foldmethod",
  "fdm",
  "pastetoggle",
  "pt",
  "indentkeys",
  "indk",
  "modifiable",
  "ma",
  "readonly",
  "ro",
  "t_Co",
  "title",
  "statusline",
  "stl",
]);

/** Applies one word of `:set`; returns what is to be shown, or throws vim's complaint. */
export function applySetting(settings: Settings, word: string): string | null {
  const match = /^(no|inv)?([a-zA-Z_]+)([?!&]|[:=](.*))?$/.exec(word);
  if (!match) throw new Error(`E518: Unknown option: ${word}`);
  let [, prefix, name = "", suffix, value] = match;
  if (prefix !== undefined && nameOf(`${prefix}${name}`) !== null) {
    name = `${prefix}${name}`;
    prefix = undefined;
  }
  const option = nameOf(name);
  if (option === null) {
    if (IGNORED.has(name)) return null;
    throw new Error(`E518: Unknown option: ${prefix ?? ""}${name}`);
  }
  const current = settings[option];
  if (suffix === "?")
    return typeof current === "boolean" ? `${current ? "  " : "no"}${option}` : `  ${option}=${current}`;
  if (typeof current === "boolean") {
    if (value !== undefined) throw new Error(`E474: Invalid argument: ${word}`);
    const next = prefix === "no" ? false : prefix === "inv" || suffix === "!" ? !current : true;
    Object.assign(settings, { [option]: next });
    if (option === "paste" && next) Object.assign(settings, { autoindent: false, expandtab: false, softtabstop: 0 });
    return null;
  }
  if (value === undefined) return `  ${option}=${current}`;
  if (!/^\d+$/.test(value)) throw new Error(`E521: Number required after =: ${word}`);
  Object.assign(settings, { [option]: Number(value) });
  return null;
}

function nameOf(text: string): keyof Settings | null {
  const defaults = createSettings();
  if (text in defaults) return text as keyof Settings;
  return ABBREVIATIONS[text] ?? null;
}
