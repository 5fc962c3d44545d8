/** Built-in functions that are best said in jq itself. */
export const PRELUDE = `
def map(f): [.[] | f];
def select(f): if f then . else empty end;
def values: select(. != null);
def nulls: select(. == null);
def strings: select(type == "string");
def numbers: select(type == "number");
def booleans: select(type == "boolean");
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type == "array" or type == "object");
def scalars: select(type != "array" and type != "object");
def scalars_or_empty: select((type != "array" and type != "object") or length == 0);
def isfinite: type == "number" and (isinfinite | not);
def finites: select(isfinite);
def normals: select(isnormal);
def isvalid(f): try (f | true) catch false;
def recurse(f): def walk_down: ., (f | walk_down); walk_down;
def recurse(f; cond): def walk_down: ., (f | select(cond) | walk_down); walk_down;
def recurse: recurse(.[]?);
def recurse_down: recurse;
def map_values(f): .[] |= f;
def with_entries(f): to_entries | map(f) | from_entries;
def from_entries:
  reduce .[] as $entry ({}; . + {($entry | .key // .Key // .name // .Name):
    ($entry | if has("value") then .value else .Value end)});
def _assign(paths; $value): reduce path(paths) as $at (.; setpath($at; $value));
def _modify(paths; update):
  reduce path(paths) as $at (.;
    label $done | (setpath($at; getpath($at) | update) | ., break $done), delpaths([$at]));
def del(f): delpaths([path(f)]);
def pick(f): . as $whole | reduce path(f) as $at (null; setpath($at; $whole | getpath($at)));
def paths: path(recurse(.[]?)) | select(length > 0);
def paths(keep): . as $whole | paths | select(. as $at | $whole | getpath($at) | keep);
def leaf_paths: paths(scalars);
def sort_by(f): _sort_by_impl(map([f]));
def group_by(f): _group_by_impl(map([f]));
def unique_by(f): _unique_by_impl(map([f]));
def min_by(f): _min_by_impl(map([f]));
def max_by(f): _max_by_impl(map([f]));
def add(f): reduce f as $item (null; . + $item);
def _none(f): label $done | (f | false, break $done), true;
def any(source; cond): _none(source | cond | select(.)) | not;
def any(f): any(.[]; f);
def any: any(.[]; .);
def all(source; cond): _none(source | cond | select(. | not));
def all(f): all(.[]; f);
def all: all(.[]; .);
def _flat($depth): reduce .[] as $item ([];
  if ($item | type) == "array" and $depth != 0 then . + ($item | _flat($depth - 1)) else . + [$item] end);
def flatten($depth): if $depth < 0 then error("flatten depth must not be negative") else _flat($depth) end;
def flatten: _flat(1e9);
def range($end): range(0; $end);
def range($start; $end; $by):
  if $by > 0 then $start | while(. < $end; . + $by)
  elif $by < 0 then $start | while(. > $end; . + $by)
  else empty end;
def reverse: if type == "string" then explode | reverse | implode
  elif type == "null" then [] else [.[length - 1 - range(0; length)]] end;
def index($part): indices($part) | .[0];
def rindex($part): indices($part) | .[-1:][0];
def join($by): reduce .[] as $item (null;
  (if . == null then "" else . + $by end)
  + ($item | if type == "boolean" or type == "number" then tojson else . // "" end)) | if . == null then "" else . end;
def in(object): . as $key | object | has($key);
def inside(whole): . as $part | whole | contains($part);
def first: .[0];
def last: .[-1];
def nth($n): .[$n];
def first(f): label $done | f | ., break $done;
def last(f): reduce f as $item (null; $item);
def limit($n; f):
  if $n < 0 then f
  else label $done | foreach f as $item ($n; . - 1; $item, if . <= 0 then break $done else empty end) end;
def skip($n; f): foreach f as $item ($n; . - 1; if . < 0 then $item else empty end);
def nth($n; f): if $n < 0 then error("nth doesn't support negative indices") else last(limit($n + 1; f)) end;
def isempty(f): 0 == ((label $done | f | (1, break $done)) // 0);
def while(cond; update): def again: if cond then ., (update | again) else empty end; again;
def until(cond; update): def again: if cond then . else update | again end; again;
def repeat(f): def again: f, again; again;
def inputs: def again: (try input catch if . == "break" then empty else error end) | (., again); again;
def combinations:
  if length == 0 then [] else .[0][] as $head | (.[1:] | combinations) as $rest | [$head] + $rest end;
def combinations(n): . as $set | [range(n) | $set] | combinations;
def walk(f): def again:
  if type == "object" then . as $whole | reduce keys_unsorted[] as $key ({}; . + {($key): ($whole[$key] | again)}) | f
  elif type == "array" then map(again) | f else f end; again;
def transpose: . as $rows | [range(0; map(length) | max // 0) as $at | [$rows[][$at]]];
def env: $ENV;
def todate: strftime("%Y-%m-%dT%H:%M:%SZ");
def todateiso8601: todate;
def fromdateiso8601: strptime("%Y-%m-%dT%H:%M:%SZ") | mktime;
def fromdate: fromdateiso8601;
def dateadd(unit; $n): . + $n;
def datesub(unit; $n): . - $n;
def date: todate;
def match($re; $flags): _match_impl($re; $flags; false) | .[];
def match($re): ($re | type) as $kind
  | if $kind == "string" then match($re; null)
    elif $kind == "array" and ($re | length) > 0 then match($re[0]; $re[1])
    else error($kind + " not a string or array") end;
def test($re; $flags): _match_impl($re; $flags; true);
def test($re): ($re | type) as $kind
  | if $kind == "string" then test($re; null)
    elif $kind == "array" and ($re | length) > 0 then test($re[0]; $re[1])
    else error($kind + " not a string or array") end;
def _named: reduce (.captures[] | select(.name != null)) as $one ({}; . + {($one.name): $one.string});
def capture($re; $flags): match($re; $flags) | _named;
def capture($re): match($re) | _named;
def scan($re; $flags): match($re; "g" + $flags)
  | if (.captures | length) > 0 then [.captures[].string] else .string end;
def scan($re): scan($re; null);
def splits($re; $flags): . as $text
  | foreach (match($re; "g" + $flags), null) as $hit ([0, null];
      if $hit == null then [.[0], $text[.[0]:]]
      else [$hit.offset + $hit.length, $text[.[0]:$hit.offset]] end; .[1]);
def splits($re): splits($re; null);
def split($re; $flags): [splits($re; $flags)];
def sub($re; with; $flags): . as $text
  | def go($from; $hits):
      if ($hits | length) == 0 then $text[$from:]
      else $hits[0] as $hit
        | $text[$from:$hit.offset] + ($hit | _named | with) + go($hit.offset + $hit.length; $hits[1:]) end;
    [match($re; $flags)] as $hits | go(0; $hits);
def sub($re; with): sub($re; with; null);
def gsub($re; with; $flags): sub($re; with; $flags + "g");
def gsub($re; with): sub($re; with; "g");
def tostream: path(def again: (.[]? | again), .; again) as $at | getpath($at)
  | reduce path(.[]?) as $inner ([$at, .]; [$at + $inner]);
def fromstream(f): foreach f as $event ({};
  if .done then {} else . end
  | if ($event | length) == 2
    then setpath(["value"] + $event[0]; $event[1]) | if ($event[0] | length) == 0 then .done = true else . end
    else if ($event[0] | length) == 1 then .done = true else . end end;
  if .done then .value else empty end);
def truncate_stream(f): . as $depth | null | f
  | . as $event | if (.[0] | length) > $depth then setpath([0]; $event[0][$depth:]) else empty end;
def INDEX(source; key): reduce source as $row ({}; .[$row | key | tostring] |= $row);
def INDEX(key): INDEX(.[]; key);
def IN(source): any(source == .; .);
def IN(source; set): any(source == set; .);
def JOIN($index; key): [.[] | [., $index[key]]];
def JOIN($index; source; key): source | [., $index[key]];
def JOIN($index; source; key; with): source | [., $index[key]] | with;
def bsearch($target): . as $in
  | [0, length - 1] | until(.[0] > .[1];
      ((.[0] + .[1]) / 2 | floor) as $middle
      | if $in[$middle] == $target then [$middle, -1, $middle]
        elif $in[$middle] < $target then [$middle + 1, .[1]] else [.[0], $middle - 1] end)
  | if length == 3 then .[2] else -1 - .[0] end;
def have_literal_numbers: true;
def have_decnum: false;
def debug(message): (message | debug | empty), .;
`;
