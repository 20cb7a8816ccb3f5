// Draws the demo shop's goods: `node Host/Pages/Drawings/draw.mjs` writes Host/wwwroot/goods/*.svg.
// Presentation attributes alone: a policy that allows no style in place has nothing to refuse.

import { mkdirSync, writeFileSync } from 'node:fs';

const [celadon, green, persimmon, clay, cream, ink] = [
    '#8fb8a3',
    '#1f5c4b',
    '#e0763a',
    '#b5653c',
    '#fbf4e6',
    '#26312e',
];
const [navy, sky, rose, sand, gold, grey] = ['#34476b', '#a9c4d6', '#d99a9a', '#e3cda4', '#d9a441', '#8c9794'];
const [steel, wood, bark, leaf, white] = ['#cdd5d3', '#c08f5c', '#8a5c34', '#5e8f5a', '#ffffff'];

const grounds = {
    desk: '#dfe8e2',
    sound: '#e5e1ee',
    tea: '#e8edd6',
    kitchen: '#f5e6d3',
    home: '#f4e1dc',
    paper: '#e2e6ef',
    outdoors: '#dceaf0',
    play: '#f4eacb',
};

const tag = (name, attributes) =>
    `<${name} ${Object.entries(attributes)
        .map(([key, value]) => `${key}="${value}"`)
        .join(' ')}/>`;
const box = (x, y, width, height, rx, fill, more = {}) => tag('rect', { x, y, width, height, rx, fill, ...more });
const dot = (cx, cy, r, fill, more = {}) => tag('circle', { cx, cy, r, fill, ...more });
const oval = (cx, cy, rx, ry, fill, more = {}) => tag('ellipse', { cx, cy, rx, ry, fill, ...more });
const shape = (d, fill, more = {}) => tag('path', { d, fill, ...more });
const line = (d, stroke, width = 4, more = {}) =>
    tag('path', {
        d,
        fill: 'none',
        stroke,
        'stroke-width': width,
        'stroke-linecap': 'round',
        'stroke-linejoin': 'round',
        ...more,
    });
const turned = (degrees, ...shapes) => `<g transform="rotate(${degrees} 120 90)">${shapes.flat().join('')}</g>`;
const rows = (count, each) => Array.from({ length: count }, (_, index) => each(index)).join('');
const steam = (x, y) =>
    [0, 14, 28].map((dx) => line(`M${x + dx} ${y}q-6 -8 0 -15t0 -15`, white, 3, { opacity: 0.8 })).join('');

const goods = {
    keyboard: [
        'desk',
        box(44, 68, 152, 66, 10, ink),
        box(50, 74, 140, 54, 6, '#3b4844'),
        rows(3, (row) =>
            rows(9, (key) => box(55 + key * 14.6, 79 + row * 12, 11, 9, 2, row === 1 && key === 4 ? persimmon : cream)),
        ),
        box(55, 115, 20, 9, 2, celadon),
        box(79, 115, 76, 9, 2, cream),
        box(159, 115, 24, 9, 2, celadon),
    ],
    mouse: [
        'desk',
        box(84, 34, 72, 112, 36, green),
        shape('M84 82v-12a36 36 0 0 1 36 -36v48z', celadon),
        line('M120 36v46', cream, 2),
        line('M84 82h72', cream, 2),
        box(114, 50, 12, 22, 6, persimmon),
        dot(120, 116, 4, celadon),
    ],
    monitor: [
        'desk',
        box(108, 118, 24, 26, 0, grey),
        box(84, 140, 72, 8, 4, ink),
        box(40, 28, 160, 94, 8, ink),
        box(47, 35, 146, 80, 4, sky),
        dot(160, 58, 12, cream),
        shape('M47 115l44 -42 30 28 22 -18 50 32z', green),
        shape('M47 115l28 -20 24 20z', celadon),
    ],
    stand: [
        'desk',
        line('M70 144h96', grey, 8),
        line('M88 144l40 -64', grey, 8),
        shape('M62 92l94 -36 6 8 -94 40z', steel),
        shape('M76 88l68 -26 -4 -56 -70 24z', ink),
        shape('M80 80l56 -21 -3 -44 -56 19z', sky),
        line('M84 66l20 -10M84 54l30 -14', white, 3),
    ],
    hub: [
        'desk',
        line('M24 84h44', ink, 8),
        box(14, 76, 18, 16, 3, grey),
        box(66, 56, 138, 64, 12, steel),
        box(66, 104, 138, 16, 8, grey),
        box(82, 74, 26, 14, 2, ink),
        box(118, 72, 22, 18, 2, ink),
        box(150, 76, 18, 10, 5, ink),
        box(178, 74, 14, 14, 2, ink),
        dot(84, 66, 3, persimmon),
    ],
    headphones: [
        'sound',
        line('M66 106v-14a54 54 0 0 1 108 0v14', ink, 12),
        line('M74 78a48 48 0 0 1 92 0', grey, 4),
        box(52, 92, 34, 54, 15, persimmon),
        box(154, 92, 34, 54, 15, persimmon),
        box(78, 96, 14, 46, 7, ink),
        box(148, 96, 14, 46, 7, ink),
    ],
    speaker: [
        'sound',
        box(76, 26, 88, 122, 26, navy),
        box(76, 26, 88, 122, 26, white, { opacity: 0.08 }),
        dot(120, 104, 30, ink),
        dot(120, 104, 20, grey),
        dot(120, 104, 8, ink),
        dot(120, 54, 15, ink),
        dot(120, 54, 7, grey),
        line('M164 40q14 6 10 26', persimmon, 5),
    ],
    webcam: [
        'sound',
        box(112, 106, 16, 28, 0, grey),
        shape('M84 148l12 -16h48l12 16z', ink),
        box(58, 44, 124, 66, 33, ink),
        dot(120, 77, 25, grey),
        dot(120, 77, 18, navy),
        dot(114, 70, 5, sky),
        dot(162, 77, 4, persimmon),
        box(78, 72, 12, 10, 5, steel),
    ],
    lamp: [
        'desk',
        shape('M150 70l30 76h-110z', gold, { opacity: 0.25 }),
        box(54, 140, 56, 9, 4, ink),
        line('M82 140l-14 -54 56 -44', green, 7),
        dot(68, 86, 7, persimmon),
        shape('M112 32l38 10 14 34 -60 -22z', green),
        oval(135, 68, 30, 7, gold, { transform: 'rotate(18 135 68)' }),
    ],
    desk: [
        'desk',
        box(28, 66, 184, 12, 4, wood),
        box(60, 78, 14, 56, 0, grey),
        box(166, 78, 14, 56, 0, grey),
        box(63, 96, 8, 44, 0, steel),
        box(169, 96, 8, 44, 0, steel),
        box(46, 140, 42, 8, 4, ink),
        box(152, 140, 42, 8, 4, ink),
        box(116, 30, 52, 30, 3, ink),
        box(138, 60, 8, 6, 0, grey),
        box(52, 44, 14, 22, 2, persimmon),
        shape('M54 44q-6 -16 4 -22q8 8 6 22z', leaf),
        line('M204 92v24M198 98l6 -6 6 6M198 110l6 6 6 -6', persimmon, 4),
    ],
    chair: [
        'desk',
        box(84, 22, 72, 64, 14, green),
        rows(5, (row) => line(`M94 ${34 + row * 10}h52`, celadon, 2)),
        box(114, 84, 12, 14, 0, ink),
        box(76, 96, 88, 18, 9, ink),
        line('M66 70v28h12M174 70v28h-12', grey, 6),
        box(115, 112, 10, 22, 0, grey),
        line('M120 132l-36 12M120 132l36 12M120 132v14', ink, 6),
        dot(84, 147, 6, ink),
        dot(156, 147, 6, ink),
        dot(120, 149, 6, ink),
    ],
    mat: [
        'desk',
        box(34, 52, 172, 92, 8, grey),
        box(34, 52, 172, 92, 8, wood, { opacity: 0.35 }),
        shape('M150 52h48a8 8 0 0 1 8 8v76a8 8 0 0 1 -8 8h-48z', wood),
        line('M44 62h96M44 134h96', white, 2, { 'stroke-dasharray': '5 6' }),
        box(164, 84, 26, 38, 13, cream),
        line('M177 86v12', grey, 3),
        box(52, 80, 80, 36, 5, ink),
        rows(2, (row) => rows(6, (key) => box(58 + key * 12, 86 + row * 13, 9, 9, 2, cream))),
    ],
    dripper: [
        'tea',
        shape('M82 92h76l-12 48a12 12 0 0 1 -12 8h-28a12 12 0 0 1 -12 -8z', sky, { opacity: 0.75 }),
        shape('M88 116h64l-6 24a12 12 0 0 1 -12 8h-28a12 12 0 0 1 -12 -8z', bark),
        line('M158 100q22 2 18 22t-26 14', sky, 6),
        box(84, 82, 72, 10, 5, ink),
        shape('M74 34h92l-30 46h-32z', cream),
        shape('M84 34h72l-26 36h-20z', clay),
        line('M120 92v22', bark, 3),
    ],
    kettle: [
        'tea',
        line('M90 60q4 -32 36 -32t38 40', ink, 8),
        shape('M80 64h76l10 74a8 8 0 0 1 -8 8h-80a8 8 0 0 1 -8 -8z', steel),
        line('M78 128q-34 -4 -30 -40t-18 -42', grey, 7),
        box(74, 140, 90, 10, 5, ink),
        oval(118, 62, 38, 7, grey),
        dot(118, 54, 6, persimmon),
        box(102, 96, 34, 18, 4, ink),
        line('M108 105h8M122 105h8', gold, 3),
    ],
    beans: [
        'tea',
        shape('M78 36h84l8 112h-100z', clay),
        shape('M78 36h84l-4 -14h-76z', bark),
        box(84, 64, 72, 56, 6, cream),
        [
            [104, 82],
            [132, 92],
            [110, 106],
        ]
            .map(
                ([x, y]) =>
                    oval(x, y, 11, 8, bark, { transform: `rotate(-28 ${x} ${y})` }) +
                    line(`M${x - 7} ${y + 4}q7 -1 14 -8`, cream, 2),
            )
            .join(''),
        line('M96 134h48', sand, 4),
    ],
    greentea: [
        'tea',
        box(58, 56, 62, 90, 8, green),
        box(54, 44, 70, 18, 6, celadon),
        box(66, 80, 46, 42, 4, cream),
        shape('M89 86q18 12 0 30q-18 -18 0 -30z', leaf),
        line('M89 92v22', green, 2),
        shape('M134 108h58q0 38 -29 38t-29 -38z', cream),
        oval(163, 108, 29, 8, leaf),
        steam(149, 96),
    ],
    barleytea: [
        'tea',
        box(46, 60, 96, 88, 8, gold),
        shape('M46 68a8 8 0 0 1 8 -8h80a8 8 0 0 1 8 8v14h-96z', clay),
        line('M94 140v-44', bark, 3),
        rows(
            4,
            (i) =>
                oval(86, 104 + i * 9, 6, 3.4, cream, { transform: `rotate(40 86 ${104 + i * 9})` }) +
                oval(102, 104 + i * 9, 6, 3.4, cream, { transform: `rotate(-40 102 ${104 + i * 9})` }),
        ),
        shape('M158 104h38l-4 44h-30z', white, { opacity: 0.8 }),
        shape('M159 114h36l-3 34h-30z', gold),
        line('M178 106q4 -30 20 -32', grey, 2),
        box(192, 66, 16, 14, 3, cream),
    ],
    bowl: [
        'kitchen',
        shape('M58 82h124q-2 54 -44 62h-36q-42 -8 -44 -62z', gold),
        oval(120, 82, 62, 15, '#f0d391'),
        oval(120, 82, 52, 11, white),
        [
            [96, 78],
            [112, 74],
            [130, 75],
            [146, 79],
            [104, 84],
            [124, 84],
            [138, 85],
        ]
            .map(([x, y]) => oval(x, y, 8, 4, cream))
            .join(''),
        box(98, 142, 44, 8, 4, '#b98a34'),
        line('M76 100q6 24 22 32', '#f0d391', 5),
        steam(106, 62),
    ],
    onggi: [
        'kitchen',
        shape('M88 46h64q40 22 34 62t-36 42h-60q-30 -2 -36 -42t34 -62z', bark),
        shape('M100 50q-34 22 -26 60t22 36', 'none', { stroke: clay, 'stroke-width': 6, 'stroke-linecap': 'round' }),
        line('M64 92q28 14 56 0t56 0', sand, 4),
        box(80, 38, 80, 12, 6, '#6d4526'),
        shape('M88 38q32 -26 64 0z', '#6d4526'),
        dot(120, 22, 6, '#6d4526'),
    ],
    pot: [
        'kitchen',
        shape('M52 78h136q0 60 -40 66h-56q-40 -6 -40 -66z', ink),
        oval(120, 78, 68, 17, '#3d4a46'),
        oval(120, 78, 58, 12, persimmon),
        box(92, 70, 22, 12, 3, cream),
        box(124, 74, 22, 11, 3, cream),
        oval(116, 84, 10, 3, leaf),
        oval(88, 78, 8, 3, leaf),
        box(62, 140, 116, 9, 4, wood),
        line('M46 92h10M184 92h10', ink, 10),
        steam(106, 56),
    ],
    pan: [
        'kitchen',
        oval(98, 104, 66, 42, ink),
        oval(98, 101, 56, 34, '#3d4a46'),
        shape('M74 96q6 -16 26 -12t28 10q2 20 -22 20t-32 -18z', white),
        dot(102, 98, 9, gold),
        line('M154 90l58 -22', ink, 14),
        dot(208, 70, 3, steel),
    ],
    knife: [
        'kitchen',
        turned(
            -20,
            shape('M30 84h118v30q-84 6 -118 -30z', steel),
            line('M42 92q40 18 104 14', white, 3),
            box(148, 82, 62, 20, 8, bark),
            dot(164, 92, 3, gold),
            dot(180, 92, 3, gold),
            dot(196, 92, 3, gold),
        ),
    ],
    board: [
        'kitchen',
        box(46, 48, 128, 96, 14, wood),
        line('M58 68q40 -10 104 2M58 92q56 10 104 -4M58 120q44 -12 104 2', '#a9773f', 3),
        box(168, 82, 36, 28, 14, wood),
        dot(188, 96, 6, grounds.kitchen),
        dot(92, 98, 16, persimmon),
        dot(92, 98, 10, '#f0a06c'),
        shape('M118 116q4 -30 34 -34q0 30 -34 34z', leaf),
    ],
    containers: [
        'kitchen',
        box(48, 96, 84, 50, 8, sky, { opacity: 0.8 }),
        box(44, 86, 92, 14, 5, green),
        box(142, 104, 58, 42, 8, sky, { opacity: 0.8 }),
        box(138, 94, 66, 14, 5, persimmon),
        box(64, 44, 66, 40, 8, sky, { opacity: 0.8 }),
        box(60, 34, 74, 14, 5, celadon),
        shape('M52 120q20 -8 38 0t38 -2v20a8 8 0 0 1 -8 8h-60a8 8 0 0 1 -8 -8z', rose),
        dot(160, 130, 9, leaf),
        dot(178, 130, 9, leaf),
        box(70, 62, 54, 18, 5, cream),
    ],
    apron: [
        'kitchen',
        line('M100 44q20 -40 40 0', bark, 4),
        shape('M98 42h44l6 34q26 8 28 22l6 50h-124l6 -50q2 -14 28 -22z', celadon),
        line('M64 100l-18 10M176 100l18 10', bark, 4),
        box(88, 104, 28, 26, 4, green),
        box(124, 104, 28, 26, 4, green),
        line('M104 52h32', white, 3),
    ],
    blanket: [
        'home',
        box(44, 52, 152, 92, 14, rose),
        rows(4, (i) => line(`M${66 + i * 36} 54v88`, white, 2, { opacity: 0.7 })),
        rows(2, (i) => line(`M46 ${82 + i * 30}h148`, white, 2, { opacity: 0.7 })),
        shape('M44 66a14 14 0 0 1 14 -14h124a14 14 0 0 1 14 14v14q-76 22 -152 0z', cream),
        line('M58 74q62 14 124 0', persimmon, 3),
        box(74, 32, 92, 26, 13, white),
    ],
    pillow: [
        'home',
        shape('M52 70q10 -22 68 -16t70 14q8 36 0 62q-12 14 -70 10t-70 -6q-8 -34 2 -64z', sand),
        line('M66 78q50 -10 108 -2M64 124q50 8 112 0', '#c7a86f', 3),
        [
            [108, 92],
            [122, 104],
            [136, 92],
            [98, 108],
            [146, 108],
            [122, 84],
        ]
            .map(([x, y]) => shape(`M${x} ${y - 5}l5 9h-10z`, bark))
            .join(''),
    ],
    towels: [
        'home',
        [
            [108, green],
            [86, cream],
            [64, rose],
            [42, sky],
        ]
            .map(
                ([y, fill], i) =>
                    box(58 + i * 3, y + 6, 124 - i * 6, 22, 11, fill) +
                    line(`M${70 + i * 3} ${y + 20}h${100 - i * 6}`, i === 1 ? sand : white, 2),
            )
            .join(''),
        box(64, 138, 112, 10, 5, wood),
    ],
    notebook: [
        'paper',
        turned(
            -8,
            box(70, 28, 104, 122, 6, navy),
            box(76, 32, 96, 114, 4, cream),
            box(70, 28, 92, 122, 6, navy),
            box(92, 48, 52, 36, 3, cream),
            line('M102 60h32M102 70h22', ink, 3),
            rows(5, (i) => line(`M66 ${46 + i * 22}h14`, persimmon, 4)),
        ),
    ],
    pen: [
        'paper',
        turned(
            -35,
            box(78, 80, 118, 20, 10, green),
            box(126, 80, 6, 20, 0, gold),
            line('M186 76h-44', gold, 4),
            shape('M78 82l-46 8 46 8z', gold),
            line('M34 90h26', ink, 2),
            dot(62, 90, 3, ink),
        ),
        line('M48 142q14 -10 22 0t22 0 22 -2 30 2', navy, 4),
    ],
    inkstone: [
        'paper',
        box(54, 92, 104, 52, 10, ink),
        oval(96, 118, 32, 17, '#3d4a46'),
        oval(92, 121, 22, 10, '#11191a'),
        box(132, 104, 16, 28, 5, '#3d4a46'),
        turned(20, box(132, 30, 22, 76, 4, '#3a3436'), box(137, 42, 12, 34, 2, gold)),
        line('M190 146l-14 -76', wood, 6),
        shape('M174 66q-6 -14 -6 -26q14 8 14 24z', ink),
    ],
    backpack: [
        'outdoors',
        line('M96 40q0 -22 24 -22t24 22', ink, 7),
        box(70, 36, 100, 112, 34, green),
        box(84, 88, 72, 50, 12, celadon),
        line('M84 104h72', green, 4),
        box(114, 98, 12, 14, 3, persimmon),
        line('M88 66h64', cream, 4),
        box(58, 84, 16, 48, 8, ink),
        box(166, 84, 16, 48, 8, ink),
    ],
    umbrella: [
        'outdoors',
        line('M120 84v50q0 14 14 14t14 -12', ink, 6),
        shape(
            'M40 86a80 66 0 0 1 160 0q-13 -12 -27 0q-13 -12 -26 0' +
      'q-14 -12 -27 0q-13 -12 -27 0q-13 -12 -26 0q-14 -12 -27 0z',
            persimmon,
        ),
        shape('M93 86q4 -46 27 -66q23 20 27 66q-14 -12 -27 0q-13 -12 -27 0z', '#f0a06c'),
        line('M120 20v-8', ink, 5),
    ],
    flask: [
        'outdoors',
        box(88, 52, 64, 96, 14, celadon),
        box(88, 112, 64, 14, 0, green),
        box(94, 22, 52, 34, 8, ink),
        line('M98 42h44', grey, 3),
        line('M102 66v36', white, 5, { opacity: 0.7 }),
        box(166, 112, 34, 34, 6, cream),
        line('M200 120q12 2 0 18', cream, 5),
        steam(169, 102),
    ],
    poles: [
        'outdoors',
        turned(
            12,
            box(96, 22, 10, 30, 5, ink),
            line('M101 50v92', grey, 5),
            line('M101 92v30', persimmon, 5),
            line('M92 134h18', ink, 4),
        ),
        turned(
            -12,
            box(134, 22, 10, 30, 5, ink),
            line('M139 50v92', grey, 5),
            line('M139 92v30', persimmon, 5),
            line('M130 134h18', ink, 4),
        ),
        shape('M20 148l38 -52 22 28 12 -14 28 38z', celadon, { opacity: 0.8 }),
    ],
    yogamat: [
        'outdoors',
        shape('M92 118h112v26h-112z', celadon),
        line('M104 131h88', white, 3, { opacity: 0.6 }),
        box(40, 70, 66, 76, 0, green),
        oval(73, 70, 33, 15, celadon),
        oval(73, 70, 24, 10, green),
        oval(73, 70, 15, 6, celadon),
        oval(73, 70, 7, 3, green),
        shape('M40 140q33 14 66 0v6q-33 14 -66 0z', green),
        box(40, 100, 66, 9, 0, persimmon),
    ],
    bikelight: [
        'outdoors',
        shape('M140 62l84 -34v124l-84 -34z', gold, { opacity: 0.35 }),
        box(52, 58, 80, 60, 16, ink),
        shape('M132 54h10a8 8 0 0 1 8 8v52a8 8 0 0 1 -8 8h-10z', grey),
        box(140, 62, 10, 52, 5, cream),
        dot(84, 78, 6, persimmon),
        line('M72 100h40', grey, 4),
        line('M92 118v16', grey, 10),
        dot(92, 142, 12, ink),
        dot(92, 142, 5, grey),
    ],
    boardgame: [
        'play',
        turned(
            -6,
            box(50, 46, 120, 96, 8, wood),
            rows(4, (row) =>
                rows(5, (col) =>
                    (row + col) % 2
                        ? box(56 + col * 22, 52 + row * 21, 21, 20, 2, green)
                        : box(56 + col * 22, 52 + row * 21, 21, 20, 2, cream),
                ),
            ),
            line('M78 122v-40h44v-20h22', persimmon, 4, { 'stroke-dasharray': '2 8' }),
        ),
        shape('M166 146q-2 -22 10 -30a11 11 0 1 1 12 0q12 8 10 30z', persimmon),
        shape('M140 148q-1 -16 7 -22a8 8 0 1 1 9 0q8 6 7 22z', navy),
        turned(10, box(50, 116, 28, 28, 6, white), dot(58, 124, 3, ink), dot(64, 130, 3, ink), dot(70, 136, 3, ink)),
    ],
    puzzle: [
        'play',
        shape('M52 44h52v16a12 12 0 1 0 16 0v-16h4v50h-16a10 10 0 1 1 -2 12h-54z', celadon),
        shape('M132 44h56v54h-14a12 12 0 1 1 -18 0h-24v-14a12 12 0 1 0 0 -18z', persimmon),
        shape('M52 112h48v-6a11 11 0 1 1 18 0h6v42h-72z', navy),
        turned(14, shape('M142 100h46v44h-46v-14a9 9 0 1 0 0 -16z', gold)),
    ],
    monstera: [
        'home',
        line('M120 112q-6 -34 -30 -52M120 112q0 -48 6 -78M120 112q12 -30 38 -42', green, 4),
        shape('M94 68q-40 4 -48 -28q34 -18 54 6q8 14 -6 22z', leaf),
        line('M52 44l36 18M64 36l6 14M76 34l6 18', grounds.home, 3),
        shape('M126 44q-26 -18 -6 -40q32 2 30 26q-6 16 -24 14z', green),
        line('M128 8l-2 32M140 18l-12 8', grounds.home, 3),
        shape('M154 76q-8 -28 20 -38q28 16 16 36q-18 16 -36 2z', leaf),
        line('M180 46l-22 26M190 62l-18 4', grounds.home, 3),
        shape('M88 108h64l-8 40h-48z', clay),
        box(82, 102, 76, 12, 5, persimmon),
    ],
};

const folder = new URL('../../wwwroot/goods/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, [family, ...shapes]] of Object.entries(goods)) {
    const drawing = [
        box(0, 0, 240, 180, 0, grounds[family]),
        dot(120, 86, 74, white, { opacity: 0.45 }),
        oval(120, 150, 78, 7, ink, { opacity: 0.12 }),
        ...shapes.flat(),
    ];
    const open = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 180" width="480" height="360">';
    writeFileSync(new URL(`${name}.svg`, folder), `${open}\n${drawing.join('\n')}\n</svg>\n`);
}
