global using Shop.Messages;
