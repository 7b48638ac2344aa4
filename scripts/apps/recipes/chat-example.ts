import type { Recipe } from '../recipe.ts'

export default {
  name: 'chat-example',
  kind: 'Socket.IO with Express 4, its first tutorial; CommonJS',
  repository: 'socketio/chat-example',
  commit: '3c7903c',
  start: ['index.js'],
  sources: [],
  asks: ['/', '/socket.io/?EIO=4&transport=none', '/nothing', '/edited', '/more'],
  edits: [
    ['index.js', "app.get('/',", "app.get(['/', '/more'],"],
    ['index.js', "['/', '/more']", "['/', '/edited', '/more']"],
    ['index.html', '<button>Send</button>', '<button>Say</button>'],
    ['index.js', "require('socket.io')(http)", "require('socket.io')(http, { pingInterval: 20000 })"],
    ['index.js', 'pingInterval: 20000', 'pingInterval: 10000'],
    ['index.js', "io.emit('chat message', msg);", "io.emit('chat message', msg + '!');"],
    ['index.js', 'Socket.IO server running', 'The server runs'],
    ['index.js', "app.get(['/'", "app.set('x-powered-by', false);\napp.get(['/'"],
    {
      add: 'word.js',
      text: "module.exports = 'a word';\n",
      and: [
        ['index.js', "app.set('x-powered-by', false);", "app.get('/nothing', (q, s) => s.send(require('./word')));"],
      ],
    },
    ['word.js', 'a word', 'another word'],
    { rename: 'word.js', to: 'words.js', and: [['index.js', './word', './words']] },
    { add: 'words.json', text: '{ "words": 1 }', and: [['index.js', './words', './words.json']] },
    ['words.json', '1', '2'],
    { remove: 'words.js' },
    { remove: 'words.json', and: [['index.js', "require('./words.json')", "'none'"]] },
  ],
} satisfies Recipe
