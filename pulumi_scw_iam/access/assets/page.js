// @ts-check
"use strict";

// The page of access. All text comes from members of the organization, so it becomes text nodes only.
// `access/page.py` writes the data, and describes its form.
(() => {
  const ROWS_ON_A_PAGE = 50;
  const ROWS_ON_PAPER = 1000;
  const PEOPLE_IN_THE_LIST = 100;
  const NAMES_IN_A_CELL = 3;
  const NODES_IN_A_LAYER = 12;
  const ORGANIZATION = -2;
  const ALL_PROJECTS = -1;
  const NONE = -1;
  // A long name breaks here: before a capital letter, and after a mark.
  const WORD_END = /(?<=\p{Ll})(?=\p{Lu})|(?<=[@./_-])(?=[\p{L}\p{N}])/u;
  const NOUNS = ["owner", "user", "application", "group"];
  /** @type {Record<string, string>} */
  const COLUMNS = {
    principal: "Principal",
    set: "Permission set",
    scopes: "Scope",
    condition: "Only if",
    ways: "Through",
  };

  const data = JSON.parse(byId("data").textContent ?? "");
  const collator = new Intl.Collator("en", { numeric: true });

  // Elements and texts

  /** @param {string} id @returns {any} */
  function byId(id) {
    return document.getElementById(id);
  }

  /**
   * Create an element. A text child becomes a text node.
   * @param {string} tag
   * @param {Record<string, string>} attributes
   * @param {...(Node | string)} children
   * @returns {any}
   */
  function element(tag, attributes, ...children) {
    const created = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) created.setAttribute(name, value);
    created.append(...children);
    return created;
  }

  /**
   * Spell invisible characters as the commands do, `\u202e` for a mark of the text direction.
   * A joiner inside an emoji stays.
   * @param {string} text
   */
  function shown(text) {
    return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character, at) => {
      const isJoiner = character === "\u200d" && /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)$/u.test(text.slice(0, at));
      if (isJoiner) return character;
      const code = character.codePointAt(0) ?? 0;
      const digits = code.toString(16);
      return code < 0x10000 ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
    });
  }

  /** @param {string} text */
  function nameOf(text) {
    return shown(text) || "(no name)";
  }

  /** Create an element with a name. Its text direction has no effect on the text around it. @param {string} text */
  function isolated(text) {
    const parts = nameOf(text).split(WORD_END);
    return element("bdi", {}, ...parts.flatMap((part, index) => (index ? [element("wbr", {}), part] : [part])));
  }

  /** The same for text without elements. @param {string} text */
  function isolatedText(text) {
    return `\u2068${nameOf(text)}\u2069`;
  }

  /** @param {number} count @param {string} noun */
  function counted(count, noun) {
    const nouns = noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`;
    return `${count.toLocaleString("en")} ${count === 1 ? noun : nouns}`;
  }

  /** @param {string} text */
  function folded(text) {
    return text.normalize("NFKC").toLowerCase();
  }

  /** @param {string} text */
  function capitalized(text) {
    return text.charAt(0).toUpperCase() + text.slice(1);
  }

  /** @param {number} scope @returns {string} */
  function scopeText(scope) {
    if (scope === ORGANIZATION) return "the organization";
    if (scope === ALL_PROJECTS) return "all projects";
    return data.projects[scope].name || data.projects[scope].id;
  }

  /** @param {number} path @returns {string} */
  function pathText(path) {
    const [group, policy, rule] = data.paths[path];
    return `${group === NONE ? "" : `group ${data.names[group]} `}policy ${data.names[policy]} rule ${rule}`;
  }

  /** @param {number} principal @returns {string} */
  function principalText(principal) {
    return data.principals[principal].name || data.principals[principal].id;
  }

  // Rows: a principal, a permission set, and the scopes with equal rules and an equal condition

  /** The texts of each column, by the numbers in the rows. @type {Record<string, string[]>} */
  const texts = {
    principal: data.principals.map((/** @type {any} */ _, /** @type {number} */ index) => principalText(index)),
    set: data.sets.map((/** @type {any} */ set) => set.name),
    scopes: data.scope_lists.map((/** @type {number[]} */ list) => list.map(scopeText).join("\n")),
    condition: data.conditions,
    ways: data.path_lists.map((/** @type {number[]} */ list) => list.map(pathText).join("\n")),
  };

  /** The texts that a search looks at. @type {Record<string, string[]>} */
  const searched = {
    ...texts,
    principal: data.principals.map((/** @type {any} */ one) => [one.name, one.id, one.noun, ...one.notes].join("\n")),
    set: data.sets.map((/** @type {any} */ set) => [set.name, ...set.includes].join("\n")),
  };
  for (const column of Object.keys(searched)) searched[column] = searched[column].map(folded);
  /** The permission sets that each one includes, as a search sees them. @type {string[][]} */
  const included = data.sets.map((/** @type {any} */ set) => set.includes.map(folded));

  /**
   * Return the place of each text in the order of the texts.
   * @param {string[]} list
   * @param {boolean} distinct whether equal texts have different places
   */
  function ranks(list, distinct) {
    const order = list.map((_, index) => index).sort((a, b) => collator.compare(list[a], list[b]) || a - b);
    const result = new Uint32Array(list.length);
    let rank = 0;
    order.forEach((index, place) => {
      if (place > 0 && (distinct || list[index] !== list[order[place - 1]])) rank += 1;
      result[index] = rank;
    });
    return result;
  }

  /** @type {Record<string, Uint32Array>} */
  const rank = {};
  for (const column of Object.keys(COLUMNS)) rank[column] = ranks(texts[column], column === "principal");

  /** The principals by noun and name. @type {number[]} */
  const people = [...data.principals.keys()].sort((a, b) =>
    NOUNS.indexOf(data.principals[a].noun) - NOUNS.indexOf(data.principals[b].noun) || rank.principal[a] - rank.principal[b]);
  people.forEach((principal, place) => { rank.principal[principal] = place; });

  /** @type {Record<string, Uint32Array>} */
  const rows = (() => {
    const { blocks, set_lists: setLists } = data;
    let total = 0;
    for (let at = 0; at < blocks.length; at += 5) total += setLists[blocks[at + 1]].length;
    /** @type {Record<string, Uint32Array>} */
    const columns = {};
    for (const column of Object.keys(COLUMNS)) columns[column] = new Uint32Array(total);
    let row = 0;
    for (let at = 0; at < blocks.length; at += 5) {
      for (const set of setLists[blocks[at + 1]]) {
        columns.principal[row] = blocks[at];
        columns.set[row] = set;
        columns.scopes[row] = blocks[at + 2];
        columns.condition[row] = blocks[at + 3];
        columns.ways[row] = blocks[at + 4];
        row += 1;
      }
    }
    return columns;
  })();

  /**
   * Sort row numbers by a column; equal ones keep their order. A counting sort, because a search sorts all rows.
   * @param {Uint32Array} list
   * @param {string} column
   * @param {boolean} descending
   */
  function sorted(list, column, descending) {
    const places = rank[column];
    const values = rows[column];
    const largest = places.reduce((most, place) => Math.max(most, place), 0);
    const starts = new Uint32Array(largest + 2);
    const key = (/** @type {number} */ row) => (descending ? largest - places[values[row]] : places[values[row]]);
    for (let at = 0; at < list.length; at += 1) starts[key(list[at]) + 1] += 1;
    for (let at = 1; at < starts.length; at += 1) starts[at] += starts[at - 1];
    const result = new Uint32Array(list.length);
    for (let at = 0; at < list.length; at += 1) result[starts[key(list[at])]++] = list[at];
    return result;
  }

  /** All rows, by principal, permission set and scope. */
  const allRows = ["scopes", "set", "principal"].reduce(
    (list, column) => sorted(list, column, false),
    Uint32Array.from(rows.set.keys()),
  );

  /** The principals with a permission set that leads to any right. */
  const powerful = new Set(allRows.filter((row) => data.sets[rows.set[row]].any).map((row) => rows.principal[row]));

  // What the reader has chosen

  /** @typedef {{layer: "group" | "policy" | "scope", members: number[]}} Choice */

  const state = {
    words: /** @type {string[]} */ ([]),
    noun: "",
    scope: /** @type {number | null} */ (null),
    any: false,
    principal: NONE,
    choice: /** @type {Choice | null} */ (null),
    column: "principal",
    descending: false,
    page: 0,
    peopleInList: PEOPLE_IN_THE_LIST,
    rowsOnPage: ROWS_ON_A_PAGE,
    wholeGraph: false,
  };

  /** The rows of the filters, and the rows of the table: those of the chosen node of the graph. */
  let filtered = allRows;
  let visible = allRows;
  /** The number of permission sets of each principal in `filtered`. */
  const held = new Uint32Array(data.principals.length);

  /** @param {number[]} list @returns {number[]} the scopes that the filter is about */
  function scopesInQuestion(list) {
    const { scope } = state;
    if (scope === null) return list;
    return list.filter((one) => one === scope || (scope >= 0 && one === ALL_PROJECTS));
  }

  /** @param {any[]} list @param {(item: any, index: number) => boolean} test */
  function flags(list, test) {
    return Uint8Array.from(list, (item, index) => Number(test(item, index)));
  }

  function filter() {
    const ofPeople = flags(data.principals, (one) => !state.noun || one.noun === state.noun);
    const ofSets = flags(data.sets, (one) => !state.any || one.any);
    const ofScopes = flags(data.scope_lists, (list) => scopesInQuestion(list).length > 0);
    const hits = state.words.map((word) =>
      Object.keys(COLUMNS).map((column) => flags(searched[column], (text) => text.includes(word))));
    const { principal, set, scopes, condition, ways } = rows;
    const isHit = (/** @type {Uint8Array[]} */ hit, /** @type {number} */ row) =>
      hit[0][principal[row]] | hit[1][set[row]] | hit[2][scopes[row]] | hit[3][condition[row]] | hit[4][ways[row]];
    const result = new Uint32Array(allRows.length);
    let length = 0;
    let last = -1;
    held.fill(0);
    next: for (let at = 0; at < allRows.length; at += 1) {
      const row = allRows[at];
      if (!(ofPeople[principal[row]] & ofSets[set[row]] & ofScopes[scopes[row]])) continue;
      for (let word = 0; word < hits.length; word += 1) if (!isHit(hits[word], row)) continue next;
      // The rows of a principal and a set are neighbours.
      if (last < 0 || principal[last] !== principal[row] || set[last] !== set[row]) held[principal[row]] += 1;
      last = row;
      if (state.principal !== NONE && principal[row] !== state.principal) continue;
      result[length++] = row;
    }
    filtered = result.slice(0, length);
  }

  /** @param {number} row */
  function isChosen(row) {
    if (!state.choice) return true;
    const { layer, members } = state.choice;
    if (layer === "scope") return data.scope_lists[rows.scopes[row]].some((/** @type {number} */ one) => members.includes(one));
    return steps(row).some((step) => members.includes(layer === "group" ? step.group : step.policy));
  }

  /** @param {number} row @returns {{group: number, policy: number}[]} */
  function steps(row) {
    const list = data.path_lists[rows.ways[row]];
    if (!list.length) return [{ group: NONE, policy: NONE }];
    return list.map((/** @type {number} */ path) => ({ group: data.paths[path][0], policy: data.paths[path][1] }));
  }

  function narrow() {
    const list = state.choice ? filtered.filter(isChosen) : filtered;
    visible = sorted(list, state.column, state.descending);
  }

  // The list of principals

  /** @typedef {{item: HTMLElement, button: HTMLElement, count: HTMLElement, held: number}} Entry */

  /** @type {Map<number, Entry>} */
  const entries = new Map();
  let listed = "";

  /** @param {number} principal @returns {Entry} */
  function entryOf(principal) {
    const existing = entries.get(principal);
    if (existing) return existing;
    const { noun, notes } = data.principals[principal];
    const count = element("span", { class: "count" });
    const button = element("button", { type: "button", tabindex: "-1" },
      element("bdi", {}, nameOf(principalText(principal))),
      element("small", {}, noun, ...(powerful.has(principal) ? [" · ", element("b", { class: "power" }, "any right")] : []), ...notes.flatMap((/** @type {string} */ note) => [" · ", isolated(note)])),
      count);
    button.addEventListener("click", () => select(state.principal === principal ? NONE : principal));
    const entry = { item: element("li", {}, button), button, count, held: -1 };
    entries.set(principal, entry);
    return entry;
  }

  function showPeople() {
    const isNarrow = state.scope !== null || state.any;
    const found = people.filter((principal) => {
      const isOfNoun = !state.noun || data.principals[principal].noun === state.noun;
      // A principal without any grant is found by its own name.
      const isNamed = !isNarrow && state.words.every((word) => searched.principal[principal].includes(word));
      return isOfNoun && (held[principal] > 0 || isNamed);
    });
    const first = new Set(found.slice(0, state.peopleInList));
    const items = people.filter((principal) => first.has(principal) || principal === state.principal);
    if (listed !== String(items)) {
      listed = String(items);
      byId("people").replaceChildren(...items.map((principal) => entryOf(principal).item));
    }
    for (const principal of items) {
      const entry = entryOf(principal);
      if (entry.held !== held[principal]) {
        entry.held = held[principal];
        entry.count.replaceChildren(String(entry.held),
          element("span", { class: "hidden" }, entry.held === 1 ? " permission set" : " permission sets"));
      }
      if (principal === state.principal) entry.button.setAttribute("aria-current", "true");
      else entry.button.removeAttribute("aria-current");
    }
    byId("people-count").textContent = found.length.toLocaleString("en");
    byId("more-people").hidden = found.length <= first.size;
    byId("more-people").textContent = `Show ${(found.length - first.size).toLocaleString("en")} more`;
    oneTabStop(byId("people"), "li > button", '[aria-current="true"]');
  }

  // Keyboard: a list is one stop of the Tab key, and the arrow keys move inside it

  /** @param {HTMLElement} list @param {string} selector @param {string} [preferred] */
  function oneTabStop(list, selector, preferred) {
    const items = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(selector)]);
    const stop = items.find((item) => preferred && item.matches(preferred)) ?? items[0];
    for (const item of list.querySelectorAll('[tabindex="0"]')) item.setAttribute("tabindex", "-1");
    stop?.setAttribute("tabindex", "0");
  }

  /** @param {HTMLElement} list @param {string} selector @param {(step: number) => boolean} [turn] another page */
  function withArrowKeys(list, selector, turn) {
    list.addEventListener("keydown", (event) => {
      const items = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(selector)]);
      const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
      if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
      const page = { PageUp: -1, PageDown: 1 }[event.key];
      if (page && turn) {
        event.preventDefault();
        if (turn(page)) /** @type {HTMLElement | null} */ (list.querySelector(selector))?.focus();
        return;
      }
      const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: items.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      items[to]?.focus();
    });
    list.addEventListener("focusin", (event) => {
      const item = /** @type {HTMLElement} */ (event.target);
      if (item.matches(selector)) oneTabStop(list, selector, ":focus");
    });
  }

  // The table

  function buildHeadings() {
    for (const heading of document.querySelectorAll("th[data-column]")) {
      const column = heading.getAttribute("data-column") ?? "";
      const button = element("button", { type: "button" }, COLUMNS[column]);
      button.addEventListener("click", () => {
        state.descending = state.column === column && !state.descending;
        state.column = column;
        state.page = 0;
        showTable();
      });
      heading.append(button);
    }
  }

  /**
   * The first items, and an element that unfolds the others.
   * @param {any[]} items
   * @param {(item: any) => Node} show
   * @param {string} separator
   * @param {number} [most] the number of the first items
   */
  function folding(items, show, separator, most = NAMES_IN_A_CELL) {
    const parts = (/** @type {any[]} */ list) =>
      list.flatMap((item, index) => (index && separator ? [separator, show(item)] : [show(item)]));
    const first = items.length > most + 1 ? items.slice(0, most) : items;
    const rest = items.slice(first.length);
    if (!rest.length) return parts(first);
    return [...parts(first), element("details", {}, element("summary", {}, `${rest.length} more`), ...parts(rest))];
  }

  /** @param {number} scope */
  function scopeNode(scope) {
    if (scope < 0) return document.createTextNode(scopeText(scope));
    return isolated(scopeText(scope));
  }

  /** @param {number} path */
  function stepNode(path) {
    const [group, policy, rule] = data.paths[path];
    const names = [element("i", {}, "policy "), isolated(data.names[policy]), element("i", {}, `, rule\u00a0${rule}`)];
    if (group !== NONE) names.unshift(element("i", {}, "group "), isolated(data.names[group]), element("i", {}, " → "));
    return element("span", { class: "step" }, ...names);
  }

  /** Return the included permission sets that explain why a search finds this one. @param {number} set @returns {string[]} */
  function foundIn(set) {
    const name = folded(data.sets[set].name);
    const words = state.words.filter((word) => !name.includes(word));
    return data.sets[set].includes.filter((/** @type {string} */ _, /** @type {number} */ index) =>
      words.some((word) => included[set][index].includes(word)));
  }

  /** @param {number} row */
  function rowNode(row) {
    const principal = rows.principal[row];
    const set = data.sets[rows.set[row]];
    const includes = foundIn(rows.set[row]);
    const { notes } = data.principals[principal];
    const scopes = data.scope_lists[rows.scopes[row]];
    const inQuestion = scopesInQuestion(scopes);
    const ordered = [...inQuestion, ...scopes.filter((/** @type {number} */ one) => !inQuestion.includes(one))];
    const condition = data.conditions[rows.condition[row]];
    const paths = data.path_lists[rows.ways[row]];
    const button = element("button", { type: "button", class: "link", tabindex: "-1" }, isolated(principalText(principal)));
    button.addEventListener("click", () => select(principal));
    return element("tr", {},
      element("th", { scope: "row" }, button,
        ...notes.map((/** @type {string} */ note) => element("small", { class: "note" }, isolated(note)))),
      element("td", {}, isolated(set.name), ...(set.any ? [element("span", { class: "badge danger" }, "any right")] : []),
        ...(includes.length ? [element("div", { class: "quiet small" }, "includes ", ...folding(includes, isolated, ", ", 1))] : [])),
      element("td", {}, ...folding(ordered, scopeNode, ", ")),
      element("td", {}, condition ? element("code", {}, isolated(condition)) : element("span", { class: "quiet" }, "no condition")),
      element("td", {}, ...(paths.length
        ? folding(paths, stepNode, "")
        : [element("span", { class: "quiet" }, "no policy needed")])));
  }

  function showTable() {
    narrow();
    const pages = Math.max(1, Math.ceil(visible.length / state.rowsOnPage));
    state.page = Math.min(state.page, pages - 1);
    const from = state.page * state.rowsOnPage;
    const list = visible.subarray(from, from + state.rowsOnPage);
    byId("rows").replaceChildren(...Array.from(list, rowNode));
    oneTabStop(byId("rows"), "th > button");
    for (const heading of document.querySelectorAll("th[data-column]")) {
      if (heading.getAttribute("data-column") !== state.column) heading.removeAttribute("aria-sort");
      else heading.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
    }
    byId("table").hidden = !visible.length;
    byId("nothing").hidden = visible.length > 0;
    byId("nothing").textContent = visible.length ? "" : noGrants();
    byId("pager").hidden = pages === 1;
    byId("page").textContent = `Page ${(state.page + 1).toLocaleString("en")} of ${pages.toLocaleString("en")}`;
    byId("first").disabled = byId("previous").disabled = state.page === 0;
    byId("next").disabled = byId("last").disabled = state.page === pages - 1;
    byId("table-heading").replaceChildren("Grants", ...headingEnd());
    byId("status").textContent = summary();
  }

  function headingEnd() {
    if (!state.choice) return [];
    const { layer, members } = state.choice;
    if (layer === "scope") {
      const more = members.length > 1 ? [` and ${members.length - 1} more`] : [];
      return [" on ", scopeNode(members[0]), ...more];
    }
    if (members[0] === NONE) return [layer === "group" ? " without a group" : " without a policy"];
    return [` through ${layer} `, isolated(data.names[members[0]])];
  }

  function noGrants() {
    const others = held.reduce((sum, one) => sum + Number(one > 0), 0);
    const whose = state.principal === NONE ? "" : ` of ${isolatedText(principalText(state.principal))}`;
    return [
      `No grant${whose} matches.`,
      ...(others ? [`Other principals with a match: ${others.toLocaleString("en")}.`] : []),
      ...(data.unknown.length ? ["What this page cannot tell is listed above."] : []),
    ].join(" ");
  }

  function summary() {
    if (!visible.length) return "No grants";
    let grants = 0;
    const holders = new Uint8Array(data.principals.length);
    for (const row of visible) {
      grants += scopesInQuestion(data.scope_lists[rows.scopes[row]]).length;
      holders[rows.principal[row]] = 1;
    }
    const number = holders.reduce((sum, one) => sum + one, 0);
    const parts = [counted(grants, "grant"), counted(visible.length, "row")];
    if (state.principal === NONE) parts.push(counted(number, "principal"));
    return parts.join(" · ");
  }

  /** @param {number} page */
  function turnTo(page) {
    const last = Math.max(0, Math.ceil(visible.length / state.rowsOnPage) - 1);
    const to = Math.min(Math.max(page, 0), last);
    if (to === state.page) return false;
    state.page = to;
    showTable();
    return true;
  }

  // The graph of one principal

  /**
   * A group, a policy, or scopes. `members` has the numbers of their names; `NONE` is a grant without a group or a policy.
   * `sources` has the nodes to the left, and whether all grants on the line have a condition.
   * @typedef {{
   *   layer: "group" | "policy" | "scope", members: number[], sets: Set<number>, sources: Map<GraphNode, boolean>,
   *   place: number, node: any,
   * }} GraphNode
   */

  /** Show the chosen node, and draw the lines, for the graph of now. */
  let lightChoice = () => {};
  let draw = () => {};

  /**
   * Return the groups, policies and scopes of the filtered rows, and each chain of one of each.
   * @returns {{layers: GraphNode[][], chains: GraphNode[][]}}
   */
  function graphOf() {
    /** @type {Record<string, Map<number, GraphNode>>} */
    const found = { group: new Map(), policy: new Map(), scope: new Map() };
    const at = (/** @type {"group" | "policy" | "scope"} */ layer, /** @type {number} */ key) => {
      let node = found[layer].get(key);
      if (!node) found[layer].set(key, (node = { layer, members: [key], sets: new Set(), place: 0, node: null, sources: new Map() }));
      return node;
    };
    /** @type {Map<string, GraphNode[]>} */
    const chains = new Map();
    for (const row of filtered) {
      const set = rows.set[row];
      const isConditional = rows.condition[row] !== 0;
      for (const step of steps(row)) {
        const group = at("group", step.group);
        const policy = at("policy", step.policy);
        policy.sources.set(group, false);
        for (const one of scopesInQuestion(data.scope_lists[rows.scopes[row]])) {
          const scope = at("scope", one);
          scope.sources.set(policy, isConditional && (scope.sources.get(policy) ?? true));
          for (const node of [group, policy, scope]) node.sets.add(set);
          chains.set(`${step.group} ${step.policy} ${one}`, [group, policy, scope]);
        }
      }
    }

    // Scopes with the same lines and the same permission sets are one node.
    /** @type {Map<string, GraphNode>} */
    const merged = new Map();
    /** @type {Map<GraphNode, GraphNode>} */
    const replaced = new Map();
    for (const scope of [...found.scope.values()].sort((a, b) => a.members[0] - b.members[0])) {
      const lines = [...scope.sources].map(([policy, dashed]) => `${policy.members[0]}${dashed}`).sort();
      const key = scope.members[0] < 0 ? `${scope.members[0]}` : `${lines}/${[...scope.sets].sort()}`;
      const twin = merged.get(key);
      if (twin) twin.members.push(...scope.members);
      else merged.set(key, scope);
      replaced.set(scope, twin ?? scope);
    }
    const layers = [[...found.group.values()], [...found.policy.values()], [...merged.values()]];
    const chainList = [...chains.values()].map(([group, policy, scope]) => [group, policy, replaced.get(scope) ?? scope]);
    order(layers, chainList);
    return { layers, chains: chainList };
  }

  /** Order the nodes of each layer near their neighbours, so that few lines cross. @param {GraphNode[][]} layers @param {GraphNode[][]} chains */
  function order(layers, chains) {
    const label = (/** @type {GraphNode} */ node) => (node.members[0] < 0 ? "" : nodeText(node));
    for (const layer of layers) {
      layer.sort((a, b) => collator.compare(label(a), label(b)) || a.members[0] - b.members[0]);
      layer.forEach((node, place) => { node.place = place; });
    }
    const sweep = (/** @type {number} */ layer, /** @type {number} */ other) => {
      const sums = new Map();
      for (const chain of chains) {
        const [sum, count] = sums.get(chain[layer]) ?? [0, 0];
        sums.set(chain[layer], [sum + chain[other].place, count + 1]);
      }
      const mean = (/** @type {GraphNode} */ node) => sums.get(node)[0] / sums.get(node)[1];
      layers[layer].sort((a, b) => mean(a) - mean(b) || a.place - b.place);
      layers[layer].forEach((node, place) => { node.place = place; });
    };
    for (const [layer, other] of [[1, 0], [2, 1], [1, 2], [0, 1], [1, 0], [2, 1]]) sweep(layer, other);
  }

  /** @param {GraphNode} node @returns {string} */
  function nodeText({ layer, members }) {
    const [first] = members;
    if (layer === "scope") return capitalized(scopeText(first));
    if (layer === "group") return first === NONE ? "Directly" : data.names[first];
    return first === NONE ? "Without a policy" : data.names[first];
  }

  /** @param {GraphNode} node */
  function setsNode({ sets }) {
    const [first] = sets;
    return sets.size === 1 ? isolated(data.sets[first].name) : counted(sets.size, "permission set");
  }

  /** @param {GraphNode} node */
  function graphNode(node) {
    const { layer, members, sets } = node;
    const names = layer === "scope" && members[0] >= 0
      ? members.slice(0, NAMES_IN_A_CELL).flatMap((one, index) => [...(index ? [", "] : []), isolated(scopeText(one))])
      : [isolated(nodeText(node))];
    if (members.length > NAMES_IN_A_CELL) names.push(` and ${members.length - NAMES_IN_A_CELL} more`);
    const isAny = [...sets].some((set) => data.sets[set].any);
    const sources = [...node.sources].map(([source, isConditional]) =>
      isolatedText(nodeText(source)) + (isConditional ? " only under a condition" : ""));
    const button = element("button", {
      type: "button",
      class: layer !== "scope" && members[0] === NONE ? "node nobody" : "node",
      "aria-pressed": "false",
    },
    ...names,
    element("small", {}, setsNode(node)),
    ...(isAny ? [element("small", { class: "danger" }, "▲ leads to any right")] : []),
    ...(sources.length ? [element("span", { class: "hidden" }, `through ${sources.join(", ")}`)] : []));
    if (members.length > NAMES_IN_A_CELL) button.title = members.map((one) => isolatedText(scopeText(one))).join(", ");
    return button;
  }

  function showGraph() {
    byId("detail").hidden = state.principal === NONE;
    lightChoice = draw = () => {};
    if (state.principal === NONE) return;
    const { id, noun, notes } = data.principals[state.principal];
    byId("detail-heading").replaceChildren(isolated(principalText(state.principal)));
    byId("facts").replaceChildren(`${capitalized(noun)} · `, element("code", {}, isolated(id)),
      ...notes.flatMap((/** @type {string} */ note) => [" ", element("span", { class: "badge" }, isolated(note))]));
    byId("frame").hidden = byId("graph-help").hidden = !filtered.length;
    if (!filtered.length) return;

    const { layers, chains } = graphOf();
    const root = element("div", { class: "node root" }, isolated(principalText(state.principal)),
      element("small", {}, counted(held[state.principal], "permission set")));
    const limit = state.wholeGraph ? Infinity : NODES_IN_A_LAYER;
    const shownLayers = layers.map((layer) => (layer.length > limit ? layer.slice(0, limit - 1) : layer));
    byId("layers").replaceChildren(
      layerNode(capitalized(noun), [root], 0),
      ...["Groups", "Policies", "Scopes"].map((heading, index) => {
        for (const node of shownLayers[index]) node.node = graphNode(node);
        return layerNode(heading, shownLayers[index].map((node) => node.node), layers[index].length - shownLayers[index].length);
      }));

    /** @type {Map<string, {from: any, to: any, path: any}>} */
    const edges = new Map();
    const edgesOf = (/** @type {GraphNode[]} */ [group, policy, scope]) => [
      { key: `g${group.members[0]}`, from: root, to: group.node, dashed: false },
      { key: `g${group.members[0]} p${policy.members[0]}`, from: group.node, to: policy.node, dashed: false },
      {
        key: `p${policy.members[0]} s${scope.members[0]}`,
        from: policy.node,
        to: scope.node,
        dashed: scope.sources.get(policy) === true,
      },
    ];
    for (const chain of chains) {
      for (const { key, from, to, dashed } of edgesOf(chain)) {
        if (!from || !to || edges.has(key)) continue;
        const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
        if (dashed) path.classList.add("conditional");
        edges.set(key, { from, to, path });
      }
    }
    byId("edges").replaceChildren(...[...edges.values()].map(({ path }) => path));

    draw = () => {
      const origin = byId("graph").getBoundingClientRect();
      for (const { from, to, path } of edges.values()) {
        const [a, b] = [from.getBoundingClientRect(), to.getBoundingClientRect()];
        const [x1, y1] = [a.right - origin.left, (a.top + a.bottom) / 2 - origin.top];
        const [x2, y2] = [b.left - origin.left, (b.top + b.bottom) / 2 - origin.top];
        const middle = (x1 + x2) / 2;
        path.setAttribute("d", `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`);
      }
    };
    draw();

    const light = (/** @type {GraphNode | null} */ chosen) => {
      const nodes = new Set();
      const keys = new Set();
      for (const chain of chosen ? chains.filter((one) => one.includes(chosen)) : []) {
        for (const node of chain) nodes.add(node);
        for (const { key } of edgesOf(chain)) keys.add(key);
      }
      byId("graph").classList.toggle("dim", chosen !== null);
      for (const [key, { path }] of edges) path.classList.toggle("lit", keys.has(key));
      for (const node of layers.flat()) {
        node.node?.classList.toggle("lit", nodes.has(node));
        node.node?.classList.toggle("off", chosen !== null && !nodes.has(node));
      }
    };
    const pressed = () => shownLayers.flat().find(isPressed) ?? null;
    lightChoice = () => {
      for (const node of shownLayers.flat()) node.node.setAttribute("aria-pressed", String(isPressed(node)));
      light(pressed());
    };
    for (const node of shownLayers.flat()) {
      node.node.addEventListener("click", () => choose(isPressed(node) ? null : { layer: node.layer, members: node.members }));
      for (const event of ["pointerenter", "focus"]) node.node.addEventListener(event, () => light(node));
      for (const event of ["pointerleave", "blur"]) node.node.addEventListener(event, () => lightChoice());
    }
    if (state.choice && !pressed()) state.choice = null;
    lightChoice();
  }

  /** @param {GraphNode} node */
  function isPressed({ layer, members }) {
    return state.choice !== null && state.choice.layer === layer && String(state.choice.members) === String(members);
  }

  /** @param {string} heading @param {HTMLElement[]} nodes @param {number} rest */
  function layerNode(heading, nodes, rest) {
    const list = element("ul", {}, ...nodes.map((node) => element("li", {}, node)));
    if (rest) {
      const button = element("button", { type: "button", class: "more" }, `Show ${rest} more`);
      button.addEventListener("click", () => {
        state.wholeGraph = true;
        showGraph();
        byId("detail-heading").focus();
      });
      list.append(element("li", {}, button));
    }
    return element("div", {}, element("h3", {}, heading), list);
  }

  /** @param {Choice | null} choice */
  function choose(choice) {
    state.choice = choice;
    state.page = 0;
    lightChoice();
    showTable();
  }

  /** @param {number} principal */
  function select(principal) {
    state.principal = principal;
    state.choice = null;
    state.wholeGraph = false;
    update();
    const heading = byId(principal === NONE ? "table-heading" : "detail-heading");
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    heading.scrollIntoView({ block: "nearest" });
  }

  // The address has the filters, so that a link to this file can show the same

  function update() {
    state.page = 0;
    state.peopleInList = PEOPLE_IN_THE_LIST;
    filter();
    showPeople();
    showGraph();
    showTable();
    clearTimeout(remembering);
    // Browsers limit the changes of an address in a time.
    remembering = setTimeout(remember, 300);
  }

  let remembering = 0;

  function remember() {
    const parameters = new URLSearchParams();
    const { scope } = state;
    const values = {
      q: byId("search").value.trim(),
      kind: state.noun,
      scope: scope === null ? "" : scope === ORGANIZATION ? "organization" : scope === ALL_PROJECTS ? "all" : data.projects[scope].id,
      any: state.any ? "1" : "",
      principal: state.principal === NONE ? "" : data.principals[state.principal].id,
    };
    for (const [name, value] of Object.entries(values)) if (value) parameters.set(name, value);
    history.replaceState(null, "", `#${parameters}`);
  }

  /** @param {string} fragment */
  function recall(fragment) {
    const parameters = new URLSearchParams(fragment);
    const indexOf = (/** @type {any[]} */ list, /** @type {string | null} */ id) => list.findIndex((one) => one.id === id);
    const scope = parameters.get("scope");
    const project = indexOf(data.projects, scope);
    byId("search").value = parameters.get("q") ?? "";
    byId("noun").value = NOUNS.find((noun) => noun === parameters.get("kind")) ?? "";
    byId("scope").value = project >= 0 ? String(project) : { organization: "-2", all: "-1" }[scope ?? ""] ?? "";
    byId("any").checked = parameters.has("any");
    state.principal = indexOf(data.principals, parameters.get("principal"));
    state.choice = null;
    readFilters();
  }

  function readFilters() {
    const scope = byId("scope").value;
    state.words = folded(byId("search").value).split(/\s+/u).filter(Boolean);
    state.noun = byId("noun").value;
    state.scope = scope === "" ? null : Number(scope);
    state.any = byId("any").checked;
    update();
  }

  // Start

  function buildHeader() {
    const { organization, as_of: asOf } = data;
    const name = organization.name || organization.id;
    const time = new Date(asOf);
    document.title = `Access in ${isolatedText(name)}`;
    byId("organization").textContent = shown(name);
    byId("as-of").dateTime = asOf;
    byId("as-of").textContent = Number.isNaN(time.valueOf())
      ? shown(asOf)
      : `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
    byId("totals").textContent = [
      counted(data.principals.length, "principal"),
      counted(data.sets.length, "permission set"),
      counted(data.projects.length, "project"),
    ].join(" · ");
    for (const noun of NOUNS) {
      const number = data.principals.filter((/** @type {any} */ one) => one.noun === noun).length;
      if (number) byId("noun").append(element("option", { value: noun }, capitalized(counted(number, noun).replace(/^\S+ /u, "")) + ` (${number})`));
    }
    const projects = element("optgroup", { label: "One project" });
    for (const index of data.projects.keys()) projects.append(element("option", { value: String(index) }, isolatedText(scopeText(index))));
    if (data.projects.length) byId("scope").append(projects);
    byId("any-count").textContent = `(${counted(powerful.size, "principal")})`;
    byId("notices").hidden = !data.unknown.length && !data.orphans.length;
    showNotice("unknown", "What this page cannot tell", data.unknown);
    showNotice("orphans", "Policies without effect: they have no principal", data.orphans);
  }

  /** @param {string} id @param {string} heading @param {string[]} lines */
  function showNotice(id, heading, lines) {
    const notice = byId(id);
    notice.hidden = !lines.length;
    notice.querySelector("summary").textContent = `${heading} (${lines.length})`;
    notice.querySelector("ul").append(...lines.map((line) => element("li", {}, isolated(line))));
  }

  function listen() {
    const filters = byId("filters");
    filters.addEventListener("input", readFilters);
    filters.addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
    filters.addEventListener("reset", (/** @type {Event} */ event) => {
      event.preventDefault();
      recall("");
      byId("search").focus();
    });
    byId("close").addEventListener("click", () => select(NONE));
    byId("first").addEventListener("click", () => turnTo(0));
    byId("previous").addEventListener("click", () => turnTo(state.page - 1));
    byId("next").addEventListener("click", () => turnTo(state.page + 1));
    byId("last").addEventListener("click", () => turnTo(Infinity));
    byId("skip").addEventListener("click", (/** @type {Event} */ event) => {
      // The fragment of the address has the filters.
      event.preventDefault();
      (byId("rows").querySelector("button") ?? byId("table-heading")).focus();
    });
    byId("theme").addEventListener("change", (/** @type {any} */ event) => {
      document.documentElement.dataset.theme = event.target.value;
    });
    byId("more-people").addEventListener("click", () => {
      const before = byId("people").childElementCount;
      state.peopleInList = Infinity;
      showPeople();
      byId("people").children[before]?.firstElementChild.focus();
    });
    withArrowKeys(byId("people"), "li > button");
    withArrowKeys(byId("rows"), "th > button", (step) => turnTo(state.page + step));
    window.addEventListener("hashchange", () => recall(location.hash.slice(1)));
    window.addEventListener("beforeprint", () => print(ROWS_ON_PAPER));
    window.addEventListener("afterprint", () => print(ROWS_ON_A_PAGE));
    new ResizeObserver(() => draw()).observe(byId("layers"));
  }

  /** @param {number} rowsOnPage */
  function print(rowsOnPage) {
    for (const id of ["unknown", "orphans"]) byId(id).open ||= rowsOnPage === ROWS_ON_PAPER;
    state.page = 0;
    state.rowsOnPage = rowsOnPage;
    showTable();
    draw();
  }

  buildHeader();
  buildHeadings();
  listen();
  recall(location.hash.slice(1));
})();
