Console.WriteLine("baichuan-server");
